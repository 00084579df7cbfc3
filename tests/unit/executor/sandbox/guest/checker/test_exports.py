"""A program may use the test's objects by a closed list of operations."""

import pytest

from services.executor.sandbox.guest.checker.exports import ExportedObjects


class NoRefs:
    """References that no test here uses."""

    aliases = None


def of_test(source: str, name: str):
    """Run source as a test's own; return its object of this name."""
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
        == {"h": -1, "k": "object", "n": "Case", "o": ["__len__"], "p": []}
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
def test_a_program_may_do_nothing_else_with_an_object(exports, operation, args):
    number = exports.export(of_test(CLASS, "case"))["h"]
    kind, error = exports.serve_callback(["callback", number, operation, args, {}])
    assert (kind, error["b"]) == ("raise", "AttributeError")


def test_a_refusal_names_the_operation_and_the_attribute(exports):
    number = exports.export(of_test(CLASS, "case"))["h"]
    _kind, error = exports.serve_callback(["callback", number, "getattr", ["__globals__"], {}])
    assert error["a"] == ["a program may not use 'getattr __globals__' on a test's object"]


@pytest.mark.parametrize(
    "operation", ["getattr", "__get__", "__closure__", "__call__", "__repr__", "iter", "await"]
)
def test_a_function_is_called_and_nothing_else(exports, operation):
    number = exports.export(of_test(CLASS, "function"))["h"]
    assert exports.serve_callback(["callback", number, operation, ["__globals__"], {}])[0] == "raise"


def test_a_program_reads_public_attributes_and_calls_special_methods(exports):
    number = exports.export(of_test(CLASS, "case"))["h"]
    assert exports.serve_callback(["callback", number, "getattr", ["shown"], {}]) == ["return", 1]
    assert exports.serve_callback(["callback", number, "__len__", [], {}]) == ["return", 3]
    assert exports.serve_callback(["callback", number - 1, "__len__", [], {}])[0] == "raise"
