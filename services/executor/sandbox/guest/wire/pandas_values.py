"""Writes and reads values of pandas' by value: frames, series, indexes, moments, durations, categories.

Each is taken apart into plain columns (``pandas_columns``) and built again of them, as an object of exactly pandas'
own class. Nothing is unpickled, no class is looked up by name, and no subclass, accessor, ``attrs`` or flag travels.
Objects that hold anything else stay in their process, as references.

Imported only where pandas is loaded. The sender may be hostile.
"""

from collections.abc import Callable
from typing import Any

from .codec import Refs, WireError
from .library_values import decode_zone, encode_zone
from .pandas_columns import (
    UNITS,
    NotByValueError,
    decode_column,
    decode_label,
    encode_codes,
    encode_column,
    encode_label,
    flat_index,
    frequency_of,
    np,
    pd,
)

_MAX_RANGE = 10**6
"""Longest range of labels that has no column beside it: it is short on the wire, but a test may expand it."""
_LIMIT_OF_RANGE = 2**62
"""Largest number in such a range: pandas counts them in 64 bits."""


def encode_pandas(value: Any, refs: Refs, depth: int) -> Any:
    """Return a value of pandas' by value; ``None`` for an object that does not travel so."""
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        return None
    try:
        return {"p": encoder(value, refs, depth)}
    except NotByValueError:
        return None


def _encode_frame(frame: Any, refs: Refs, depth: int) -> list[Any]:
    columns = [encode_column(column, refs, depth) for _name, column in frame.items()]
    labels = [_encode_index(index, refs, depth, is_beside_columns=bool(columns)) for index in frame.axes]
    return ["frame", columns, *labels]


def _encode_series(series: Any, refs: Refs, depth: int) -> list[Any]:
    column = encode_column(series, refs, depth)
    index = _encode_index(series.index, refs, depth, is_beside_columns=True)
    return ["series", column, index, encode_label(series.name, refs, depth)]


def _encode_index(index: Any, refs: Refs, depth: int, *, is_beside_columns: bool = False) -> list[Any]:
    kind = type(index)
    if kind is pd.RangeIndex:
        if len(index) > _MAX_RANGE and not is_beside_columns:
            raise NotByValueError
        return ["range", index.start, index.stop, index.step, encode_label(index.name, refs, depth)]
    if kind is pd.MultiIndex:
        levels = [_encode_index(level, refs, depth + 1) for level in index.levels]
        codes = [encode_codes(code) for code in index.codes]
        return ["multi", levels, codes, [encode_label(name, refs, depth) for name in index.names]]
    if kind not in _FLAT:
        raise NotByValueError
    name = encode_label(index.name, refs, depth)
    return ["flat", encode_column(index, refs, depth), name, frequency_of(index)]


def _encode_moment(value: Any, _refs: Refs, _depth: int) -> list[Any]:
    zone = None if value.tzinfo is None else encode_zone(value.tzinfo)
    if zone is None and value.tzinfo is not None:
        raise NotByValueError
    return ["moment", value.unit, value.as_unit(value.unit).asm8.astype("i8").item(), zone]


def _encode_duration(value: Any, _refs: Refs, _depth: int) -> list[Any]:
    return ["duration", value.unit, value.asm8.astype("i8").item()]


def _encode_array(value: Any, refs: Refs, depth: int) -> list[Any]:
    return ["array", encode_column(pd.Series(value), refs, depth)]


_FLAT = {
    pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex, pd.CategoricalIndex, pd.IntervalIndex
}  # fmt: skip
_ARRAYS = {
    pd.Categorical, pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray, pd.arrays.IntegerArray, pd.arrays.FloatingArray,
    pd.arrays.BooleanArray, pd.arrays.IntervalArray, pd.arrays.PeriodArray,
    type(pd.array(["a"], dtype="string")), type(pd.array(["a"], dtype="str")),
}  # fmt: skip
"""Arrays of pandas' own classes: what ``unique`` and ``array`` of a series are."""
_Encoder = Callable[[Any, Refs, int], list[Any]]
_ENCODERS: dict[type, _Encoder] = {
    pd.DataFrame: _encode_frame,
    pd.Series: _encode_series,
    pd.RangeIndex: _encode_index,
    pd.MultiIndex: _encode_index,
    **dict.fromkeys(_FLAT, _encode_index),
    pd.Timestamp: _encode_moment,
    pd.Timedelta: _encode_duration,
    **dict.fromkeys(_ARRAYS, _encode_array),
    type(pd.NaT): lambda _v, _r, _d: ["NaT"],
    type(pd.NA): lambda _v, _r, _d: ["NA"],
}


# Reading


def decode_pandas(parts: Any, refs: Refs, depth: int) -> Any:
    """Return a value of pandas'. Raises ``WireError``, or any ``Exception`` for what is malformed."""
    kind, *rest = parts
    return _DECODERS[kind](refs, depth, *rest)


def _frame(refs: Refs, depth: int, columns: Any, index: Any, names: Any) -> Any:
    labels = _index(refs, depth, index, is_beside_columns=bool(columns))
    series = {
        number: pd.Series(array, index=labels, dtype=array.dtype, copy=False)
        for number, array in enumerate(decode_column(column, refs, depth) for column in columns)
    }
    heads = _index(refs, depth, names)
    if len(heads) != len(series):
        raise WireError("not a name for each column")
    frame = pd.DataFrame(series, index=labels)
    frame.columns = heads
    return frame


def _series(refs: Refs, depth: int, column: Any, index: Any, name: Any) -> Any:
    array = decode_column(column, refs, depth)
    labels = _index(refs, depth, index, is_beside_columns=True)
    return pd.Series(array, index=labels, dtype=array.dtype, name=decode_label(name, refs, depth), copy=False)


def _index(refs: Refs, depth: int, parts: Any, *, is_beside_columns: bool = False) -> Any:
    kind, *rest = parts
    if kind == "range":
        *numbers, name = rest
        return _range(numbers, decode_label(name, refs, depth), is_beside_columns=is_beside_columns)
    if kind == "multi":
        levels, codes, names = rest
        return pd.MultiIndex(
            levels=[_index(refs, depth + 1, level) for level in levels],
            codes=[decode_column(code, refs, depth) for code in codes],
            names=[decode_label(name, refs, depth) for name in names],
            verify_integrity=True,
        )
    if kind != "flat":
        raise WireError("not an index")
    column, name, frequency = rest
    return flat_index(decode_column(column, refs, depth), decode_label(name, refs, depth), frequency)


def _range(numbers: list[Any], name: Any, *, is_beside_columns: bool) -> Any:
    start, stop, step = numbers
    if {type(number) for number in numbers} != {int} or max(map(abs, numbers)) > _LIMIT_OF_RANGE:
        raise WireError("not a range")
    if len(range(start, stop, step)) > _MAX_RANGE and not is_beside_columns:
        raise WireError("too long a range")
    return pd.RangeIndex(start, stop, step, name=name)


def _array(refs: Refs, depth: int, column: Any) -> Any:
    """Return an array of a class of pandas'. One of numpy's has a form of its own, and rules of its own in a test."""
    array = decode_column(column, refs, depth)
    if not isinstance(array, np.ndarray):
        return array
    if array.dtype.kind not in "mM":
        raise WireError("not an array of pandas'")
    return pd.array(array)


def _moment(_refs: Refs, _depth: int, unit: Any, number: Any, zone: Any) -> Any:
    moment = pd.Timestamp(np.datetime64(_number(number), _unit(unit)))
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(decode_zone(zone))


def _duration(_refs: Refs, _depth: int, unit: Any, number: Any) -> Any:
    return pd.Timedelta(np.timedelta64(_number(number), _unit(unit)))


def _unit(unit: Any) -> str:
    if unit not in UNITS:
        raise WireError("not a unit")
    return str(unit)


def _number(number: Any) -> int:
    if type(number) is not int:
        raise WireError("not a number")
    return number


_DECODERS: dict[str, Callable[..., Any]] = {
    "frame": _frame,
    "series": _series,
    **{
        kind: lambda r, d, *rest, kind=kind: _index(r, d, [kind, *rest])
        for kind in ("range", "multi", "flat")
    },
    "moment": _moment,
    "duration": _duration,
    "array": _array,
    "NaT": lambda _r, _d: pd.NaT,
    "NA": lambda _r, _d: pd.NA,
}
