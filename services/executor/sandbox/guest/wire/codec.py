"""Defines how candidate and checker write values: lines of JSON, with a tag for every type that JSON lacks.

Values of the exact builtin types, and of a closed list of standard-library value types, travel by value. Every other
object stays in its process and travels as a reference, which the two ends resolve through ``Refs``. ``encoder`` writes
values and ``decoder`` reads them. To make a type travel, add a tag here and a line in both.

JSON atoms and lists stand for themselves; every other value is a JSON object with one tag:
``t`` tuple, ``d`` dict, ``s`` set, ``f`` frozenset, ``b`` bytes, ``y`` bytearray, ``w`` memoryview,
``i`` big int, ``c`` complex, ``r`` range, ``l`` slice, ``B`` a builtin by name, ``D`` Decimal, ``F`` Fraction,
``T`` date and time, ``q`` deque, ``C`` Counter, ``O`` OrderedDict, ``z`` defaultdict, ``P`` a path,
``V`` a view of a dictionary, ``U`` UUID, ``I`` address of IP, ``G`` time zone, ``A`` array, ``S`` SimpleNamespace,
``n`` numpy array, ``N`` numpy scalar, ``p`` a value of pandas', ``a`` a NaN with an identity, ``R`` a compiled pattern,
``m`` a mutable argument (so that changes and aliases find it again), ``h`` a reference.

The messages that contain these values are listed in ``candidate.program_host``.
"""

import json
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]
from types import SimpleNamespace
from typing import Any, Protocol

MAX_DEPTH = 200
"""Deeper nesting is refused. Far above honest values, far below the interpreter's recursion limit."""

ATOMS = frozenset({int, str, float, bool, type(None)})
"""Types that JSON has. Their values stand for themselves."""

MUTABLE = frozenset(
    {list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict, array, SimpleNamespace}
)
"""Types of arguments that a call may change."""

NUMPY_KINDS = "biufcUSmM"
"""Kinds of numpy's types whose arrays travel as bytes: numbers, text, dates and durations."""

PANDAS = frozenset(
    """
    pandas pandas.arrays pandas.api.typing pandas.core.frame pandas.core.series pandas.core.indexes.base
    pandas.core.indexes.range pandas.core.indexes.multi pandas.core.indexes.datetimes pandas.core.indexes.timedeltas
    pandas.core.indexes.period pandas.core.indexes.category pandas.core.indexes.interval pandas._libs.missing
    pandas._libs.tslibs.timestamps pandas._libs.tslibs.timedeltas pandas._libs.tslibs.nattype
    pandas.core.arrays.categorical pandas.core.arrays.string_ pandas.core.arrays.datetimes
    pandas.core.arrays.timedeltas pandas.core.arrays.integer pandas.core.arrays.floating
    pandas.core.arrays.boolean pandas.core.arrays.interval pandas.core.arrays.period
    """.split()
)
"""Modules that classes of pandas name as theirs: the first three since pandas 3, the others before."""

SCIENTIFIC = ("numpy", "scipy", "pandas", "sympy")
"""Packages, beside the standard library, whose exceptions both sides can name."""

LIBRARIES = frozenset(
    """
    matplotlib mpl_toolkits seaborn sklearn statsmodels requests urllib3 flask werkzeug jinja2 django bs4 lxml PIL cv2
    openpyxl docx yaml nltk textblob gensim wordcloud networkx librosa tensorflow keras torch regex dateutil pytz
    cryptography rsa psutil faker holidays prettytable texttable xmltodict chardet pyquery mechanize wikipedia folium
    geopandas shapely geopy
    """.split()
)
"""Packages whose exceptions both sides can name, if they are loaded, and whose classes a proxy may claim to be of.

Objects of these have behaviour, and no rules of comparison by which library code of the checker would decide a test.
"""

LIBRARY_MODULES = frozenset("sqlite3 logging threading subprocess csv zipfile tarfile argparse xml".split())
"""Packages of the standard library with such classes."""

EXACT_MODULES = frozenset("_io random functools string".split())
"""Others, of which a proxy claims to be of a class only if the object's class is that class itself."""

BUILTINS_BY_VALUE = frozenset(
    "ArithmeticError AssertionError AttributeError EOFError Ellipsis Exception False IndexError KeyError "
    "LookupError NameError None NotImplemented NotImplementedError OSError OverflowError RecursionError "
    "RuntimeError StopIteration SyntaxError TypeError UnicodeDecodeError UnicodeEncodeError ValueError "
    "ZeroDivisionError abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate "
    "filter float format frozenset hash hex int isinstance issubclass iter len list map max min next object "
    "oct ord pow print range repr reversed round set slice sorted str sum tuple type zip".split()
)
# ``parse_constant``: a bare NaN is a new object, so that ``[nan] == [nan]`` stays false (``wire.nans``).
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(parse_constant=float).scan_once  # type: ignore[attr-defined]


def _refuse(value: object) -> Any:
    raise TypeError(f"a {type(value).__name__} is not JSON")


# ``json.dumps`` makes this at each call, by Python code that each new candidate would run for the first time.
_parts: Callable[[Any, int], tuple[str, ...]] = c_make_encoder(
    None,  # no check for values that hold themselves: ``MAX_DEPTH`` stops them earlier
    _refuse,
    encode_basestring_ascii,
    None,  # no indent
    ":",
    ",",
    False,  # keys stay in their order
    False,  # a key that JSON cannot write is an error
    True,  # NaN and infinities
)


def loads(data: bytes) -> Any:
    """Parse one JSON value with no text around it. Raises ``ValueError``.

    Three times as fast on short lines as ``json.loads``, which looks for encodings and blanks.
    """
    text = data.decode()
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("not JSON") from None
    if end != len(text):
        raise ValueError("text after the value")
    return value


def dumps(value: Any) -> str:
    """Return a value as JSON on one line."""
    return "".join(_parts(value, 0))


class WireError(Exception):
    """A value cannot travel, or a text is not a value of this format."""


class Refs(Protocol):
    """The table of one end for objects that do not travel by value."""

    nans: Any
    """``wire.nans.NaNs`` of this end."""
    aliases: dict[int, int] | None
    """``id`` → number of the mutable arguments of the current call; ``None`` when none are tracked."""

    def alias(self, value: Any, depth: int) -> Any:
        """Return the JSON form of a mutable container while ``aliases`` is in use."""
        ...

    def export(self, value: object, depth: int) -> Any:
        """Return the JSON object (tag ``h`` or ``m``) that stands for ``value``."""
        ...

    def namespace(self, value: object, pairs: list[Any], depth: int) -> Any:
        """Return the JSON form of a ``SimpleNamespace`` with these encoded pairs."""
        ...

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return the object that a received ``h`` or ``m`` stands for. Raises ``WireError`` if there is none."""
        ...

    def pattern(self, text: Any, flags: Any) -> Any:
        """Compile a received pattern. Raises ``WireError``."""
        ...

    def adopt_builtin(self, value: Any) -> Any:
        """Return a decoded class, function or constant of the language, and note what a test must know of it."""
        ...

    def adopt_numpy(self, value: Any) -> Any:
        """Return the form that a decoded array or number of numpy's has at this end."""
        ...

    def adopt_pandas(self, value: Any) -> Any:
        """Return a decoded value of pandas', and note what a test must know of it."""
        ...
