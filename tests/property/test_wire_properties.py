"""The decoder against arbitrary JSON, from a sender who knows every tag."""

import contextlib
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.sandbox.guest.checker.refs import CheckerRefs
from services.executor.sandbox.guest.wire import codec
from services.executor.sandbox.guest.wire.decoder import decode
from services.executor.sandbox.guest.wire.encoder import encode
from tests.conftest import examples
from tests.unit.executor.sandbox.guest.refs import NO_REFS

TAGS = [*"tdsfbyiwcrlBDFTqCOzPnNhm", "k", "v", "x", "e", "o", "n", "c", ""]
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["0xff", "eval", "int", "date", "text", "live", "error", "exception", "f8", "<i4", "AAAA"]
    )
)
TREES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TAGS), inner, max_size=3),
    max_leaves=25,
)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.timedeltas(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.integers() | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=25,
)


class ForbidsCalls:
    """A checker whose candidate must not be asked anything while a value is decoded."""

    def ask(self, operation, *args, **kwargs):
        if operation != "hash":
            raise AssertionError(f"asked {operation}")
        return 1

    def rests_on_program(self):
        pass

    def made_by_test(self, proxy):
        return False


@settings(max_examples=examples(150), deadline=None)
@given(TREES)
def test_hostile_json_raises_wire_error_or_gives_a_value(tree):
    for refs in (NO_REFS, CheckerRefs(ForbidsCalls())):
        with contextlib.suppress(codec.WireError):
            decode(json.loads(json.dumps(tree)), refs)


@settings(max_examples=examples(80), deadline=None)
@given(PLAIN)
def test_plain_values_come_back_equal_and_of_the_same_type(value):
    back = decode(codec.loads(codec.dumps(encode(value, NO_REFS)).encode()), NO_REFS)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("opening", ["[", '{"t":[', '{"d":[[1,', '{"h":0,"v":', '{"h":0,"k":"live","v":'])
@pytest.mark.parametrize("depth", [10, 120, 240, 270])  # JSON itself gives up a little deeper
def test_any_depth_raises_wire_error_or_gives_a_value(opening, depth):
    closing = opening.translate({ord(c): None for c in string.printable if c not in "[{"})[::-1].translate(
        {ord("["): "]", ord("{"): "}"}
    )
    tree = json.loads(opening * depth + "1" + closing * depth)
    try:
        decode(tree, CheckerRefs(ForbidsCalls()))
    except codec.WireError:
        assert depth > 10 or '"h"' in opening
