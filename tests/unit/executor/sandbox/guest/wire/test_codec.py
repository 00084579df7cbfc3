"""Plain data survives the wire exactly, type and all; what is not plain data does not decode."""

import json
import math
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import PurePosixPath
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.executor.sandbox.guest.wire import codec
from services.executor.sandbox.guest.wire.decoder import decode
from services.executor.sandbox.guest.wire.encoder import encode
from tests.unit.executor.sandbox.guest.refs import NO_REFS

VALUES = [
    0, -1, True, False, None, "", "a\x00\ud800\U0001f600", 1.5, -0.0, float("inf"), 2**53, 10**4000, -(10**4000), 7**20000,
    [], [[]], [1, [2, "x"]], (), (1, (2,)), {}, {"a": [1]}, {1: 2, (1, 2): 3, None: 4}, set(), {1, "a"}, frozenset({(1,)}),
    b"", b"\x00\xff", bytearray(b"ab"), 1 + 2j, complex("nan"), range(0, 10, 3), range(10**20), slice(1, None, 2),
    Decimal("1.10"), Decimal("-0"), Decimal("Infinity"), Fraction(1, 3), Fraction(10**5000, 7),
    date(2020, 2, 29), datetime(2020, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
    datetime(2020, 1, 2, tzinfo=UTC), time(1, 2, 3, 4),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=-3.5))), timedelta(days=-1, seconds=5, microseconds=7),
    deque([1, 2], 5), deque(), Counter("aab"), OrderedDict([(2, 1), (1, 2)]), defaultdict(list, {"a": [1]}), defaultdict(None, {1: 2}),
    datetime(2020, 7, 2, 3, tzinfo=ZoneInfo("Europe/Paris")), datetime(2020, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=-5), "EST")), time(1, tzinfo=ZoneInfo("Asia/Tokyo")), UTC, ZoneInfo("Asia/Tokyo"),
    timezone(timedelta(hours=1), "CET"), UUID("12345678123456781234567812345678"), UUID(int=0), array("i", [1, -2]), array("d"), array("d", [0.5]),
    ip_address("10.0.0.1"), ip_address("fe80::1%eth0"), ip_network("10.0.0.0/8"), ip_interface("10.0.0.1/8"), ip_network("::/0"),
    SimpleNamespace(), SimpleNamespace(a=1, b=[SimpleNamespace(c=(1, 2))]), {UUID(int=5): [UTC]},
    PurePosixPath("a/b"), int, len, ValueError, NotImplemented, ..., [int, {"k": (len,)}],
]  # fmt: skip


def _there_and_back(value):
    return decode(codec.loads(codec.dumps(encode(value, NO_REFS)).encode()), NO_REFS)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_round_trip(value):
    back = _there_and_back(value)
    assert type(back) is type(value)
    assert back == value or value != value
    if isinstance(value, (Decimal, complex, range, slice, datetime, time, timezone, array)):
        assert repr(back) == repr(value)
    if isinstance(value, (deque, defaultdict)):
        assert getattr(back, "maxlen", None) == getattr(value, "maxlen", None)
        assert getattr(back, "default_factory", None) == getattr(value, "default_factory", None)


def test_nan_and_the_sign_of_zero():
    assert math.isnan(_there_and_back(math.nan))
    assert math.copysign(1, _there_and_back(-0.0)) == -1


def test_order_and_keys_that_json_has_not():
    assert list(_there_and_back({2: "b", 1: "a"})) == [2, 1]
    assert _there_and_back({"1": 1, 1: 2}) == {"1": 1, 1: 2}


def test_a_line_is_one_line():
    assert "\n" not in codec.dumps(encode("a\nb\r\u2028", NO_REFS))


def test_depth():
    value = []
    for _ in range(codec.MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(codec.WireError, match="nested too deeply"):
        encode(value, NO_REFS)


@pytest.mark.parametrize(
    "text",
    [
        "{}", '{"x":1}', '{"t":1}', '{"i":1}', '{"i":"zz"}', '{"F":["1e999999999"]}', '{"F":[1,0]}', '{"F":["1","2"]}', '{"D":"x"}', '{"B":"eval"}', '{"B":"open"}',
        '{"B":"getattr"}', '{"T":["eval"]}', '{"T":["date",0,0,0]}', '{"P":["Path","x"]}', '{"P":["os","x"]}', '{"n":["O",[1],"AAAAAAAAAAA="]}', '{"q":[[],-1]}',
        '{"U":"x"}', '{"U":"-1"}', '{"U":5}', '{"U":"' + "f" * 33 + '"}', '{"A":["u","AAAA"]}', '{"A":["i","AAA="]}', '{"A":[[],""]}', '{"A":["O",""]}',
        '{"I":["os","x"]}', '{"I":["IPv4Address","x"]}', '{"I":["IPv4Address",5]}', '{"I":["IPv4Network","10.0.0.1/8"]}', '{"I":["ip_address","10.0.0.1"]}',
        '{"G":"/etc/passwd"}', '{"G":"../x"}', '{"G":"No/Where"}', '{"G":1e300}', '{"G":null}', '{"G":[0,5]}', '{"G":[0]}', '{"G":"' + "A" * 201 + '"}',
        '{"T":["time",1,2,3,4,0,2]}', '{"T":["datetime",1,2,3]}', '{"T":["time",1,2,3,4,[0,"' + "x" * 201 + '"]]}',
        '{"S":[["__array_interface__",{"d":[]}]]}', '{"S":[[1,2]]}', '{"S":[["a"]]}', '{"S":{"a":1}}',
        '{"s":[[]]}', '{"d":[[1]]}', '{"d":[1]}', '{"z":[{"B":"eval"},[]]}', '{"r":[0,1,0]}', '{"r":["a",1,1]}', '{"h":1}', '{"m":0}', '{"c":[1]}', '{"l":[1,2,3,4]}',
    ],
)  # fmt: skip
def test_what_is_no_value_does_not_decode(text):
    with pytest.raises(codec.WireError):
        decode(json.loads(text), NO_REFS)
