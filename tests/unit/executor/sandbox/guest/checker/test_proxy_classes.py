"""The classes of proxies: which are kept for all candidates, and which are one candidate's own."""

import types

import pytest

from services.executor.sandbox.guest.checker import proxy_classes
from services.executor.sandbox.guest.checker.proxies import CallableProxy, Proxy
from services.executor.sandbox.guest.checker.proxy_classes import ClassesByName, named_class


def test_functions_of_all_candidates_have_one_proxy_class():
    classes: ClassesByName = {}
    first = named_class(CallableProxy, {"h": 0, "n": "function"}, classes, None)
    assert first is named_class(CallableProxy, {"h": 5, "n": "function"}, {}, None)
    assert first.__name__ == "function"
    assert isinstance(first(None, 0, None), types.FunctionType)
    assert not classes


def test_a_class_name_of_the_programs_is_one_candidates_own():
    classes: ClassesByName = {}
    first = named_class(Proxy, {"h": 0, "n": "Stack"}, classes, None)
    assert first is named_class(Proxy, {"h": 1, "n": "Stack"}, classes, None)
    assert first is not named_class(Proxy, {"h": 0, "n": "Stack"}, {}, None)


@pytest.mark.parametrize("library", [["logging", "Logger"], ["sqlite3", "Row"], ["no such", 1], None])
def test_a_program_cannot_fill_the_classes_that_are_kept(library):
    named_class(Proxy, {"h": 0, "n": "map"}, {}, None)
    kept = len(proxy_classes._CLASSES_OF_LANGUAGE)
    named_class(Proxy, {"h": 0, "n": "map", "lib": library}, {}, None)
    named_class(Proxy, {"h": 0, "n": "invented", "lib": library}, {}, None)
    assert len(proxy_classes._CLASSES_OF_LANGUAGE) == kept
