"""What a program may do with the test's objects is a closed list, and what ``approx`` says is the numbers' alone."""

import pytest

from services.executor.sandbox.guest.checker.exports import ExportedObjects
from services.executor.sandbox.guest.checker.proxies import Proxy
from services.executor.sandbox.guest.checker.proxy_classes import value_proxy
from services.executor.sandbox.guest.checker.pytest_shim import approx, raises


class NoRefs:
    """References are of no matter here."""

    aliases = None


def of_test(source: str, name: str):
    """Run source as a test's own; return what it calls ``name``."""
    scope = {"__name__": "tests"}
    exec(source, scope)
    return scope[name]


CLASS = """
class Case:
    def __init__(self):
        self.shown, self._hidden = 1, 2
    def __len__(self):
        return 3
case = Case()
def function():
    return case
"""


@pytest.fixture
def exports():
    return ExportedObjects(NoRefs())


def test_an_object_has_one_number_and_lists_its_own_special_methods(exports):
    case = of_test(CLASS, "case")
    assert (
        exports.export(case)
        == exports.export(case)
        == {"h": -1, "k": "object", "n": "Case", "o": ["__len__"]}
    )
    assert exports.export(of_test(CLASS, "function"))["h"] == -2


@pytest.mark.parametrize(
    ("operation", "args"),
    [
        ("getattr", ["_hidden"]),
        ("getattr", ["__class__"]),
        ("setattr", ["_hidden", 1]),
        ("delattr", ["shown"]),
        ("__getattribute__", ["_hidden"]),
        ("__reduce_ex__", [2]),
        ("__init__", []),
        ("__dir__", []),
        ("__repr__", []),
        ("__hash__", []),
        ("__getitem__", [0]),
        ("iter", []),
        ("next", []),
        ("await", []),
        ("call", []),
        ("deepcopy", []),
        (["__len__"], []),
        (None, []),
    ],
)
def test_nothing_else_may_be_done_to_it(exports, operation, args):
    number = exports.export(of_test(CLASS, "case"))["h"]
    kind, error = exports.serve_callback(["callback", number, operation, args, {}])
    assert (kind, error["b"]) == ("raise", "AttributeError")


@pytest.mark.parametrize(
    "operation", ["getattr", "__get__", "__closure__", "__call__", "__repr__", "iter", "await"]
)
def test_a_function_is_called_and_nothing_else(exports, operation):
    number = exports.export(of_test(CLASS, "function"))["h"]
    assert exports.serve_callback(["callback", number, operation, ["__globals__"], {}])[0] == "raise"


def test_what_it_may_do(exports):
    number = exports.export(of_test(CLASS, "case"))["h"]
    assert exports.serve_callback(["callback", number, "getattr", ["shown"], {}]) == ["return", 1]
    assert exports.serve_callback(["callback", number, "__len__", [], {}]) == ["return", 3]
    assert exports.serve_callback(["callback", number - 1, "__len__", [], {}])[0] == "raise"


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
    lying = value_proxy(caller, 2, "Lying", 9.0, ["__sub__", "__rsub__", "__eq__", "__abs__", "__pos__"])
    assert lying != approx(1.5)
    assert lying == approx(9.0)
    assert [lying] != approx([1.5])
    assert caller.operations == []


def test_approx_and_raises_are_as_pytest_has_them():
    for got, want in (
        (0.1 + 0.2, 0.3),
        ([0.1 + 0.2], [0.3]),
        ({"a": 1e-13}, {"a": 0.0}),
        (1, 1),
        (1e9 + 1, 1e9),
        ("a", "a"),
    ):
        assert (got == approx(want)) == (got == pytest.approx(want)), (got, want)
    for got, want in ((0.31, 0.3), ([0.3, 0.3], [0.3]), (float("nan"), float("nan")), (None, 1.0), (2, 1)):
        assert got != approx(want), (got, want)
        assert got != pytest.approx(want), (got, want)
    assert approx(10.0, abs=1) == 10.9
    assert approx(10.0, rel=0.1) != 11.2
    with pytest.raises(AssertionError, match="DID NOT RAISE"), raises(ValueError):
        pass
    with pytest.raises(KeyError), raises(ValueError):
        raise KeyError
    with pytest.raises(AssertionError, match="does not match"), raises(ValueError, match="b"):
        raise ValueError("a")
