"""Asks the program whether its objects and classes are of an abstract class, or of an ``Enum``.

Python answers ``isinstance(x, Mapping)`` by the special methods and bases of the class of ``x``. In a test that is the
class of a proxy, which has every special method and none of the program's bases. So the test's own questions about
abstract classes and enumerations of a library are asked of the program, and a pass is marked. Library code that asks
gets Python's own answer, by which it treats a proxy as it always did. For the checker only, and only where a suite
mentions such a question.
"""

import enum
import sys
from abc import ABCMeta
from collections.abc import Callable
from typing import Any

from .callables import library_name
from .candidate_caller import CandidateCaller
from .proxies import Proxy
from .refs import Reference
from .remote_object import class_number, object_number
from .special_names import TEST_MODULE

_PASSED_ON_BY = frozenset({"abc", "typing", "enum"})
"""Modules that pass a test's question on: ``isinstance(x, typing.Iterable)``."""
_ASSERTIONS = frozenset({"assertIsInstance", "assertNotIsInstance"})
_OUR_PACKAGE = __name__.rpartition(".")[0]


def install() -> None:
    """Replace the two questions of both metaclasses in this process."""
    for metaclass in (ABCMeta, enum.EnumMeta):
        for operation, name in (("isinstance", "__instancecheck__"), ("issubclass", "__subclasscheck__")):
            setattr(metaclass, name, _asking(operation, getattr(metaclass, name)))


def _asking(operation: str, answer_here: Callable[[type, Any], bool]) -> Callable[[type, Any], bool]:
    def ask(cls: type, value: Any) -> bool:
        subject = _subject(value)
        if subject is None or not _is_asked_by_test() or library_name(cls) is None:
            return answer_here(cls, value)
        caller, target = subject
        caller.mark_rests_on_program()
        answer = caller.perform(operation, target, cls)
        if type(answer) is not bool:
            raise TypeError("the program did not say whether its object is of that class")
        return answer

    return ask


def _subject(value: Any) -> tuple[CandidateCaller, Any] | None:
    """Return what a question about a proxy, or the class of one, is asked of; ``None`` for anything else."""
    kind = type(value)
    if issubclass(kind, Proxy):
        return value._acecoder_caller, value  # noqa: SLF001
    number = class_number(value)
    if number is not None:
        return value._acecoder_class_caller, Reference(number)  # noqa: SLF001
    if class_number(kind) is not None and object_number(value) is not None:
        return kind._acecoder_class_caller, value  # noqa: SLF001
    return None


def _is_asked_by_test() -> bool:
    """Whether the test's own code asks, or an assertion of ``unittest`` that does nothing else."""
    frame = sys._getframe(2)  # noqa: SLF001
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if module not in _PASSED_ON_BY and frame.f_globals.get("__package__") != _OUR_PACKAGE:
            is_assertion = module == "unittest.case" and frame.f_code.co_name in _ASSERTIONS
            return module == TEST_MODULE or is_assertion
        frame = frame.f_back  # type: ignore[assignment]
    return False
