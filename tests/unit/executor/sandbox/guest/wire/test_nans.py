"""A NaN that goes there and back is one object; two are never one."""

import math

import pytest

from services.executor.sandbox.guest.wire.codec import WireError
from services.executor.sandbox.guest.wire.nans import NaNs


def test_each_side_gets_its_own_nan_back():
    test, program = NaNs(is_test=True), NaNs(is_test=False)
    for here, there in ((test, program), (program, test)):
        first, second = float("nan"), float("nan")
        arrived = [there.decode(here.encode(value)["a"]) for value in (first, second, first)]
        assert arrived[0] is arrived[2]
        assert arrived[0] is not arrived[1]
        assert here.decode(there.encode(arrived[0])["a"]) is first
        assert here.decode(there.encode(arrived[1])["a"]) is second


def test_the_library_s_nan_is_the_library_s():
    test, program = NaNs(is_test=True), NaNs(is_test=False)
    assert program.decode(test.encode(math.nan)["a"]) is math.nan  # noqa: PLW0177  -- its identity


def test_beyond_the_limit_a_nan_is_a_new_object():
    test, program = NaNs(is_test=True), NaNs(is_test=False)
    values = [float("nan") for _ in range(1000)]
    encoded = [test.encode(value) for value in values]
    assert encoded[-1] is values[-1]
    assert all(math.isnan(program.decode(-n)) for n in range(1, 1000))
    assert program.decode(-999) is not program.decode(-999)


@pytest.mark.parametrize("name", ["x", None, 1.5, [1], {"a": 1}, True])
def test_what_names_no_nan_is_refused(name):
    with pytest.raises(WireError):
        NaNs(is_test=True).decode(name)
