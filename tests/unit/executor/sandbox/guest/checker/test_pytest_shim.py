"""``approx`` and ``raises`` behave as pytest's; ``approx`` never asks the program."""

import pytest

from services.executor.sandbox.guest.checker.proxies import Proxy
from services.executor.sandbox.guest.checker.proxy_classes import value_proxy
from services.executor.sandbox.guest.checker.pytest_shim import approx, raises


class RecordingCaller:
    """A caller whose program agrees with everything; it records the operations."""

    def __init__(self) -> None:
        self.operations: list[object] = []

    def perform(self, operation, *args, **_kwargs):
        self.operations.append((operation, args))
        return lambda *_args: 0.0

    def made_by_test(self, _proxy):
        return True

    def mark_rests_on_program(self) -> None:
        return


def test_no_class_of_the_programs_is_near_a_number_or_learns_of_it():
    caller = RecordingCaller()
    assert Proxy(caller, 1, None) != approx(1.5)
    assert approx(1.5) != Proxy(caller, 1, None)
    lying = value_proxy(
        caller, 2, {"n": "Lying"}, 9.0, ["__sub__", "__rsub__", "__eq__", "__abs__", "__pos__"]
    )
    assert lying != approx(1.5)
    assert lying == approx(9.0)
    assert [lying] != approx([1.5])
    assert caller.operations == []


def test_approx_and_raises_are_as_pytest_has_them():
    for actual, expected in (
        (0.1 + 0.2, 0.3),
        ([0.1 + 0.2], [0.3]),
        ({"a": 1e-13}, {"a": 0.0}),
        (1, 1),
        (1e9 + 1, 1e9),
        ("a", "a"),
    ):
        assert (actual == approx(expected)) == (actual == pytest.approx(expected)), (actual, expected)
    for actual, expected in (
        (0.31, 0.3),
        ([0.3, 0.3], [0.3]),
        (float("nan"), float("nan")),
        (None, 1.0),
        (2, 1),
    ):
        assert actual != approx(expected), (actual, expected)
        assert actual != pytest.approx(expected), (actual, expected)
    assert approx(10.0, abs=1) == 10.9
    assert approx(10.0, rel=0.1) != 11.2
    with pytest.raises(AssertionError, match="DID NOT RAISE"), raises(ValueError):
        pass
    with pytest.raises(KeyError), raises(ValueError):
        raise KeyError
    with pytest.raises(AssertionError, match="does not match"), raises(ValueError, match="b"):
        raise ValueError("a")
