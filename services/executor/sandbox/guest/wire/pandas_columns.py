"""Writes and reads one column of pandas' by value: the numbers, moments or plain data of a series or an index.

A column travels as a list that begins with its kind: ``n`` numbers, moments and durations, ``O`` plain data, ``str``
and ``string`` text, ``tz`` moments with a zone, ``cat`` categories, ``mask`` numbers of which some are missing,
``ival`` intervals, ``per`` periods. It is built from arrays of a closed list of types, and from plain data in which no
reference may occur: so no object of the program's can be in a frame that a test compares.

Left out is what equals numbers that it is not: signed types narrower than 32 bits, infinities in ``float32`` (numpy
rounds a large Python number beside them to infinity), and the smallest integer of a type, which is its own absolute
value.

Imported only where pandas is loaded. The sender may be hostile: every size is bounded by the text that arrived.
"""

import importlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from .codec import ATOMS, MAX_DEPTH, Refs, WireError
from .decoder import decode, decode_plain
from .encoder import encode_plain
from .library_values import decode_zone, encode_zone, has_reference

pd: Any = importlib.import_module("pandas")
np: Any = importlib.import_module("numpy")

UNITS = ("s", "ms", "us", "ns")
"""Units of pandas' moments and durations."""
_DTYPES = frozenset(
    "|b1 |u1 <u2 <i4 <i8 <u4 <u8 <f4 <f8 <c16".split()
    + [f"<{kind}8[{unit}]" for kind in "Mm" for unit in UNITS]
)
_MASKED: dict[str, tuple[str, str]] = {
    **{f"Int{bits}": (f"int{bits}", "IntegerArray") for bits in (32, 64)},
    **{f"UInt{bits}": (f"uint{bits}", "IntegerArray") for bits in (32, 64)},
    "Float64": ("float64", "FloatingArray"),
    "boolean": ("bool", "BooleanArray"),
}
"""Name of a type with missing values → the type of its numbers, and the class of ``pandas.arrays``."""
_CLOSED = ("left", "right", "both", "neither")
_FREQUENCY = re.compile(
    r"-?\d{0,6}"
    r"(?:D|B|[hH]|min|T|[sS]|ms|L|us|U|ns|N|[BC]?M[SE]?|SM[SE]?|W(?:-(?:SUN|MON|TUE|WED|THU|FRI|SAT))?"
    r"|B?[QYA][SE]?(?:-(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))?)"
)
"""Frequencies of an index of moments, and of periods, as pandas writes them."""


class NotByValueError(Exception):
    """A value of pandas' does not travel by value."""


# Writing


def encode_column(data: Any, refs: Refs, depth: int) -> list[Any]:
    """Return the form of a series or a flat index, without its labels. Raises ``NotByValueError``."""
    dtype = data.dtype
    if isinstance(dtype, np.dtype):
        return (
            encode_numbers(np.asarray(data))
            if dtype.kind != "O"
            else ["O", _encode_objects(data, refs, depth)]
        )
    encoder = _ENCODERS.get(type(dtype).__name__)
    if encoder is None or type(dtype).__module__.partition(".")[0] != "pandas":
        raise NotByValueError
    return encoder(data, refs, depth)


def encode_numbers(array: Any) -> list[Any]:
    """Return the form of a flat array of numbers, moments or durations. Raises ``NotByValueError``."""
    if array.dtype.str not in _DTYPES or not _is_what_it_equals(array):
        raise NotByValueError
    return ["n", array.dtype.str, b64encode(np.ascontiguousarray(array).tobytes()).decode()]


def encode_codes(codes: Any) -> list[Any]:
    """Return the form of positions in a list of categories or labels."""
    return encode_numbers(np.asarray(codes).astype("<i8"))


def _is_what_it_equals(array: Any) -> bool:
    """Whether no number in it equals, in numpy's arithmetic, numbers that it is not."""
    if array.dtype.kind == "i" and array.size:
        return bool(array.min() != np.iinfo(array.dtype).min)
    return not (array.dtype.str == "<f4" and np.isinf(array).any())


def _encode_objects(data: Any, refs: Refs, depth: int) -> list[Any]:
    """Return the form of plain data. Raises ``NotByValueError`` if an object of either side is in it."""
    encoded = encode_plain(np.asarray(data, dtype=object), refs, depth)
    if encoded is None:
        raise NotByValueError
    return encoded


def _encode_text(data: Any, _refs: Refs, _depth: int) -> list[Any]:
    name = "string" if data.dtype.na_value is pd.NA else "str"
    if data.dtype != _text_dtype(name):
        raise NotByValueError
    missing = data.isna()
    return [name, [None if no else str(item) for item, no in zip(data, missing, strict=True)]]


def _encode_zoned(data: Any, _refs: Refs, _depth: int) -> list[Any]:
    zone = encode_zone(data.dtype.tz)
    if zone is None:
        raise NotByValueError
    moments = np.asarray(pd.DatetimeIndex(data).tz_convert("UTC").tz_localize(None))
    return ["tz", zone, encode_numbers(moments)]


def _encode_categories(data: Any, refs: Refs, depth: int) -> list[Any]:
    array = data.array
    categories = array.categories
    return ["cat", encode_codes(array.codes), encode_column(categories, refs, depth + 1), bool(array.ordered)]


def _encode_masked(data: Any, _refs: Refs, _depth: int) -> list[Any]:
    name = data.dtype.name
    if name not in _MASKED:
        raise NotByValueError
    missing = np.asarray(data.isna())
    filler = False if name == "boolean" else 0
    numbers = data.to_numpy(_MASKED[name][0], na_value=filler) if len(data) else np.empty(0, _MASKED[name][0])
    return ["mask", name, encode_numbers(numbers), encode_numbers(missing)]


def _encode_intervals(data: Any, refs: Refs, depth: int) -> list[Any]:
    array = data.array
    left, right = (encode_column(side, refs, depth + 1) for side in (array.left, array.right))
    return ["ival", left, right, array.closed]


def _encode_periods(data: Any, _refs: Refs, _depth: int) -> list[Any]:
    frequency = pd.PeriodIndex(data).freqstr
    if not _FREQUENCY.fullmatch(frequency):
        raise NotByValueError
    return ["per", frequency, encode_numbers(np.asarray(data.array.asi8))]


_Encoder = Callable[[Any, Refs, int], list[Any]]
_ENCODERS: dict[str, _Encoder] = {
    "StringDtype": _encode_text,
    "DatetimeTZDtype": _encode_zoned,
    "CategoricalDtype": _encode_categories,
    "IntervalDtype": _encode_intervals,
    "PeriodDtype": _encode_periods,
    **{f"{name}Dtype": _encode_masked for name in _MASKED},
    "BooleanDtype": _encode_masked,
}


# Reading


def decode_column(parts: Any, refs: Refs, depth: int) -> Any:
    """Return the array of a column. Raises ``WireError``, or any ``Exception`` for what is malformed."""
    if type(parts) is not list or depth > MAX_DEPTH:
        raise WireError("not a column")
    kind, *rest = parts
    return _DECODERS[kind](refs, depth + 1, *rest)


def _numbers(_refs: Refs, _depth: int, name: Any, data: Any) -> Any:
    if name not in _DTYPES:
        raise WireError("not a type of numbers")
    array = np.frombuffer(b64decode(data), dtype=np.dtype(name)).copy()
    if not _is_what_it_equals(array):
        raise WireError("a number that equals others")
    return array


def _objects(refs: Refs, depth: int, items: Any) -> Any:
    return decode_plain(items, refs, depth)


def _text(name: str) -> Callable[..., Any]:
    def decode_text(_refs: Refs, _depth: int, items: Any) -> Any:
        if type(items) is not list or not {str, type(None)}.issuperset(map(type, items)):
            raise WireError("not a column of text")
        return pd.array(items, dtype=_text_dtype(name))

    return decode_text


def _text_dtype(name: str) -> Any:
    """Return pandas' type of text whose missing values are ``NA`` (``string``) or ``NaN`` (``str``, pandas 3)."""
    return pd.StringDtype() if name == "string" else pd.StringDtype(na_value=np.nan)


def _zoned(refs: Refs, depth: int, zone: Any, moments: Any) -> Any:
    utc = pd.DatetimeIndex(decode_column(moments, refs, depth)).tz_localize("UTC")
    return utc.tz_convert(decode_zone(zone)).array


def _categories(refs: Refs, depth: int, codes: Any, categories: Any, ordered: Any) -> Any:
    kinds = flat_index(decode_column(categories, refs, depth), None)
    return pd.Categorical.from_codes(
        decode_column(codes, refs, depth), categories=kinds, ordered=ordered is True
    )


def _masked(refs: Refs, depth: int, name: Any, numbers: Any, missing: Any) -> Any:
    dtype, cls = _MASKED[name]
    values, mask = decode_column(numbers, refs, depth), decode_column(missing, refs, depth)
    if values.dtype.name != dtype or mask.dtype.name != "bool" or values.shape != mask.shape:
        raise WireError("not numbers with a mask")
    return getattr(pd.arrays, cls)(values, mask)


def _intervals(refs: Refs, depth: int, left: Any, right: Any, closed: Any) -> Any:
    if closed not in _CLOSED:
        raise WireError("not an interval")
    sides = (flat_index(decode_column(side, refs, depth), None) for side in (left, right))
    return pd.arrays.IntervalArray.from_arrays(*sides, closed=closed)


def _periods(refs: Refs, depth: int, frequency: Any, ordinals: Any) -> Any:
    if type(frequency) is not str or not _FREQUENCY.fullmatch(frequency):
        raise WireError("not a frequency")
    return pd.arrays.PeriodArray(decode_column(ordinals, refs, depth), dtype=pd.PeriodDtype(frequency))


_DECODERS: dict[str, Callable[..., Any]] = {
    "n": _numbers,
    "O": _objects,
    "str": _text("str"),
    "string": _text("string"),
    "tz": _zoned,
    "cat": _categories,
    "mask": _masked,
    "ival": _intervals,
    "per": _periods,
}


# Indexes of one level


def flat_index(array: Any, name: Any, frequency: Any = None) -> Any:
    """Return an index of an array's values; pandas chooses the class by the type of the array."""
    index = pd.Index(array, name=name, dtype=array.dtype)
    if frequency is not None and type(index) in (pd.DatetimeIndex, pd.TimedeltaIndex):
        if type(frequency) is not str or not _FREQUENCY.fullmatch(frequency):
            raise WireError("not a frequency")
        index.freq = frequency  # raises ``ValueError`` if the values do not follow it
    return index


def frequency_of(index: Any) -> str | None:
    """Return the frequency of an index of moments or durations; ``None`` if it has none, or none of the closed list."""
    frequency = index.freqstr if type(index) in (pd.DatetimeIndex, pd.TimedeltaIndex) else None
    return frequency if frequency is not None and _FREQUENCY.fullmatch(frequency) else None


def encode_label(name: Any, refs: Refs, depth: int) -> Any:
    """Return the form of a name of an index or series: plain data."""
    return _encode_objects([name], refs, depth)[0] if type(name) not in ATOMS else name


def decode_label(encoded: Any, refs: Refs, depth: int) -> Any:
    """Return a name. Raises ``WireError``."""
    if has_reference(encoded):
        raise WireError("a reference in a name")
    return decode(encoded, refs, depth)
