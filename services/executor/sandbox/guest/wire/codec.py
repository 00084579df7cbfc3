"""The language of candidate and checker: lines of JSON, and what an object in them means.

Values of the exact builtin types, and of a closed list of standard-library value types, travel by value.
Everything else stays where it is and travels as a reference that the two ends resolve through ``Refs``. What writes
values is ``encoder``, what reads them ``decoder``; a type that is to travel needs a tag here and a line in both.

JSON atoms and lists stand for themselves; every other value is an object with one tag:
``t`` tuple, ``d`` dict, ``s`` set, ``f`` frozenset, ``b`` bytes, ``y`` bytearray, ``w`` memoryview,
``i`` big int, ``c`` complex, ``r`` range, ``l`` slice, ``B`` a builtin by name, ``D`` Decimal, ``F`` Fraction,
``T`` date and time, ``q`` deque, ``C`` Counter, ``O`` OrderedDict, ``z`` defaultdict, ``P`` a path,
``V`` a view of a dictionary, ``n`` numpy array, ``N`` numpy scalar,
``m`` a mutable argument (so that changes and aliases find it again), ``h`` a reference.

Decides nothing about the messages these values are in: those are listed in ``candidate``.
"""

import json
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]
from typing import Any, Protocol

MAX_DEPTH = 200
"""Nesting past this is refused: far above honest values, far below the interpreter's recursion limit."""

ATOMS = frozenset({int, str, float, bool, type(None)})
"""Types that JSON has: their values stand for themselves."""

MUTABLE = frozenset({list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict})
"""Types whose arguments may come back changed."""

PATHS = ("PurePath", "PurePosixPath", "PureWindowsPath", "PosixPath")
"""Classes of ``pathlib`` that travel, as pure paths."""

SCIENTIFIC = ("numpy", "scipy", "pandas", "sympy")
"""Packages beside the standard library whose exceptions both sides know."""

BUILTINS_BY_VALUE = frozenset(
    "ArithmeticError AssertionError AttributeError EOFError Ellipsis Exception False IndexError KeyError "
    "LookupError NameError None NotImplemented NotImplementedError OSError OverflowError RecursionError "
    "RuntimeError StopIteration SyntaxError TypeError UnicodeDecodeError UnicodeEncodeError ValueError "
    "ZeroDivisionError abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate "
    "filter float format frozenset hash hex int isinstance issubclass iter len list map max min next object "
    "oct ord pow print range repr reversed round set slice sorted str sum tuple type zip".split()
)
# ``parse_constant``: every NaN that arrives is one of its own, so that ``[nan] == [nan]`` is as false as it was.
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(parse_constant=float).scan_once  # type: ignore[attr-defined]


def _refuse(value: object) -> Any:
    raise TypeError(f"a {type(value).__name__} is not JSON")


# What ``json.dumps`` makes anew at each call, from Python code that a fresh candidate would be the first to run.
_parts: Callable[[Any, int], tuple[str, ...]] = c_make_encoder(
    None,  # no look-out for values that hold themselves: depth is limited before
    _refuse,
    encode_basestring_ascii,
    None,  # no indent
    ":",
    ",",
    False,  # keys in their order
    False,  # a key that JSON cannot write is an error
    True,  # NaN and infinities
)


def loads(data: bytes) -> Any:
    """Parse one JSON value with nothing around it; raise ``ValueError``. Thrice as fast on short lines as
    ``json.loads``, which looks for encodings and blanks that are not there.
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
    """Write JSON on one line."""
    return "".join(_parts(value, 0))


class WireError(Exception):
    """The text is not a value this module wrote."""


class Refs(Protocol):
    """What one end does with objects that do not travel by value."""

    aliases: dict[int, int] | None
    """``id`` → number of the mutable arguments of the call in hand; ``None`` when none are tracked."""

    def alias(self, value: Any, depth: int) -> Any:
        """Return the form of a mutable container while ``aliases`` is in use."""
        ...

    def export(self, value: object, depth: int) -> Any:
        """Return the JSON object (tag ``h`` or ``m``) that stands for ``value``."""
        ...

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return what a received ``h`` or ``m`` stands for; raise ``WireError`` if nothing."""
        ...
