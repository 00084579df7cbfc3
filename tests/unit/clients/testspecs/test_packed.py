"""Reads packed tests without unpickling them: plain data or an error, of bounded size."""

import base64
import pickle
import pickletools
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.testspecs.packed import PACKED_BYTES, unpack
from tests.conftest import examples


def pack(data):
    return base64.b64encode(zlib.compress(data)).decode()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(PLAIN, max_size=5), st.integers(0, 5))
def test_plain_data_unpacks_as_what_was_packed(value, protocol):
    assert unpack(pack(pickle.dumps(value, protocol=protocol))) == value


class Evil:
    def __reduce__(self):
        return (print, ("hacked",))


LAUGHS = [["ha"] * 100]
for _ in range(20):
    LAUGHS = [LAUGHS] * 10
ITSELF = []
ITSELF.append(ITSELF)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Evil()),
        pickle.dumps(Evil(), protocol=0),
        pickle.dumps(print),
        pickle.dumps([{1, 2}]),
        pickle.dumps(b"bytes"),
        pickle.dumps(LAUGHS),
        pickle.dumps(ITSELF),
        b"",
        b".",
        b"]",
        b"t.",
        b"(.",
        b"h\x05.",
        b"K\x01a.",
        b"}(]K\x01u.",
        b"N(K\x01e.",
        b"\x8d" + b"\xff" * 8 + b"x.",
        b"r\xff\xff\xff\xff.",
        pickle.dumps([1])[:-1],
    ],
)
def test_nothing_but_plain_data_is_unpacked(data, capsys):
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        unpack(pack(data))
    assert capsys.readouterr().out == ""


def test_a_bomb_is_refused_before_it_is_whole():
    bomb = base64.b64encode(zlib.compress(b"0" * (PACKED_BYTES + 1))).decode()
    with pytest.raises(ValueError, match="above"):
        unpack(bomb)
    for text in ("no base64!", base64.b64encode(b"no zlib").decode(), pack(pickle.dumps([1]))[:-8]):
        with pytest.raises(ValueError, match=r"packed|base64"):
            unpack(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(pickletools.opcodes), max_size=12), st.binary(max_size=20))
def test_no_sequence_of_operations_does_anything_but_fail_or_give_plain_data(operations, tail):
    data = b"".join(operation.code.encode("latin-1") + tail[:3] for operation in operations) + tail + b"."
    try:
        value = unpack(pack(data))
    except ValueError:
        return
    assert isinstance(value, type(None) | bool | int | float | str | list | tuple | dict)
