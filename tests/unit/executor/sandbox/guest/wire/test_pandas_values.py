"""Frames, series and indexes survive the wire exactly; what a hostile sender makes of them does not decode."""

from datetime import date
from decimal import Decimal

import pytest

pd = pytest.importorskip("pandas", reason="pandas is not installed here; the 'dev' extra has it")
np = pytest.importorskip("numpy")

from services.executor.sandbox.guest.wire import codec  # noqa: E402
from services.executor.sandbox.guest.wire.decoder import decode  # noqa: E402
from services.executor.sandbox.guest.wire.encoder import encode  # noqa: E402


class _References:
    """An end of the wire at which every object has the number 7."""

    aliases = None

    def export(self, value, depth):
        return {"h": 7}

    def resolve(self, tagged, depth):
        raise codec.WireError("no reference")

    def adopt_numpy(self, value):
        return value

    adopt_builtin = adopt_pandas = adopt_numpy

    def namespace(self, value, pairs, depth):
        return {"S": pairs}


REFS = _References()
FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "x": [1.5, np.nan, np.inf],
        "word": ["a", None, "c"],
        "plain": pd.Series(["a", 2, None], dtype=object),
        "cells": [[1], {"k": (2,)}, Decimal("1.5")],
        "day": [date(2020, 1, 1)] * 3,
        "when": pd.date_range("2020", periods=3),
        "zone": pd.date_range("2020", periods=3, tz="Europe/Paris"),
        "took": pd.to_timedelta([1, 2, 3], unit="h"),
        "yes": [True, False, True],
        "kind": pd.Categorical(["u", "v", "u"], categories=["v", "u", "w"], ordered=True),
        "maybe": pd.array([1, None, 3], dtype="Int64"),
        "flag": pd.array([True, None, False], dtype="boolean"),
        "text": pd.array(["a", None, ""], dtype="string"),
        "bin": pd.cut([1, 5, 9], [0, 4, 8, 12]),
        "month": pd.period_range("2020-01", periods=3, freq="M"),
        "single": np.array([0.5, 1, 2], dtype="float32"),
        "year": np.array([1999, 2000, 2001], dtype="int32"),
    }
)
FRAMES = [
    FRAME,
    FRAME.set_index("when"),
    FRAME.set_index(["word", "n"]),
    FRAME.groupby("kind", observed=False).agg({"n": ["sum", "mean"]}),
    FRAME[["n", "single"]].describe(),
    FRAME.iloc[:0],
    pd.DataFrame(),
    pd.DataFrame(columns=["a"]),
    pd.DataFrame(index=[1, 2]),
    pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"], index=[5, 5]),
    pd.crosstab(FRAME["n"], FRAME["yes"]),
]
INDEXES = [
    pd.RangeIndex(2, 9, 3, name="r"),
    pd.Index(["a", 1, None], dtype=object),
    pd.date_range("2020", periods=3, freq="ME", name="d"),
    pd.date_range("2020", periods=3, freq="2h", tz="UTC"),
    pd.timedelta_range("1h", periods=3, freq="30min"),
    pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["x", None]),
    pd.CategoricalIndex(["a", "b"], ordered=True),
    pd.IntervalIndex.from_breaks([0, 1, 2], closed="left"),
]
SCALARS = [
    pd.Timestamp("2020-01-02 03:04:05.678"),
    pd.Timestamp("2020-07-01", tz="Europe/Paris"),
    pd.Timestamp(5, unit="s"),
    pd.Timedelta("1 days 2h"),
    pd.NaT,
    pd.NA,
]


def _there_and_back(value):
    return decode(codec.loads(codec.dumps(encode(value, REFS)).encode()), REFS)


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_a_frame_arrives_as_it_was(frame):
    back = _there_and_back(frame)
    assert type(back) is pd.DataFrame
    pd.testing.assert_frame_equal(
        back, frame, check_exact=True, check_index_type="exact", check_column_type="exact", check_freq=True
    )


@pytest.mark.parametrize("name", FRAME.columns)
def test_a_series_arrives_as_it_was(name):
    back = _there_and_back(FRAME[name])
    assert type(back) is pd.Series
    pd.testing.assert_series_equal(back, FRAME[name], check_exact=True)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: type(index).__name__)
def test_an_index_arrives_as_it_was(index):
    back = _there_and_back(index)
    pd.testing.assert_index_equal(back, index, exact=True)
    assert getattr(back, "freq", None) == getattr(index, "freq", None)


@pytest.mark.parametrize("value", SCALARS, ids=str)
def test_a_moment_arrives_as_it_was(value):
    back = _there_and_back(value)
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert getattr(back, "unit", None) == getattr(value, "unit", None)


class _Frame(pd.DataFrame):
    pass


@pytest.mark.parametrize(
    "value",
    [
        pd.Series([object()]),
        pd.Series([[object()]]),
        pd.DataFrame({"a": [1]}, index=pd.Index([object()])),
        _Frame({"a": [1]}),
        pd.Series([1.0], dtype="float16"),
        pd.Series([np.inf], dtype="float32"),
        pd.Series([1], dtype="int8"),
        pd.Series([-(2**63)]),
        pd.RangeIndex(10**7),
        pd.Series([1, 0], dtype=pd.SparseDtype(int)),
    ],
    ids=range(10),
)
def test_what_does_not_travel_by_value_is_a_reference(value):
    assert encode(value, REFS) == {"h": 7}


def test_attributes_of_a_frame_stay_behind():
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["note"] = object()
    assert _there_and_back(frame).attrs == {}


NUMBER = ["n", "<i8", "CAAAAAAAAAA="]
ROWS = ["range", 0, 1, 1, None]
HOSTILE = [
    ["frame", [NUMBER], ["range", 0, 2, 1, None], ["flat", ["O", ["a"]], None, None]],
    ["frame", [NUMBER], ROWS, ["flat", ["O", ["a", "b"]], None, None]],
    ["frame", [], ["range", 0, 10**18, 1, None], ["flat", ["O", []], None, None]],
    ["series", ["n", "|O", "CAAAAAAAAAA="], ROWS, None],
    ["series", ["n", "<f2", "AHw="], ROWS, None],
    ["series", ["n", "<f4", "AACAfw=="], ROWS, None],
    ["series", ["n", "<i8", "AAAAAAAAAIA="], ROWS, None],
    ["series", ["O", [{"h": 0}]], ROWS, None],
    ["series", ["O", [[{"t": [{"m": 0}]}]]], ROWS, None],
    ["series", NUMBER, ROWS, {"h": 0}],
    ["series", NUMBER, ["flat", ["O", [[1]]], None, None], ["a"]],
    ["series", ["cat", NUMBER, ["O", ["a"]], True], ROWS, None],
    ["series", ["mask", "Int64", NUMBER, NUMBER], ROWS, None],
    ["series", ["mask", "DataFrame", NUMBER, NUMBER], ROWS, None],
    ["series", ["per", "object", NUMBER], ROWS, None],
    ["series", ["tz", "../../etc/passwd", NUMBER], ROWS, None],
    ["range", 0, 10**9, 1, None],
    ["range", 0, 1.0, 1, None],
    ["multi", [ROWS], [NUMBER], ["a"]],
    ["array", ["n", "<i8", ""]],
    ["moment", "D", 5, None],
    ["moment", "ns", "5", None],
    ["read_pickle", "/tmp/x"],
    ["frame"],
    [],
    {},
    "frame",
]


@pytest.mark.parametrize("parts", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_value_does_not_decode(parts):
    with pytest.raises(codec.WireError):
        decode({"p": parts}, REFS)
