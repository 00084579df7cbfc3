"""Decides what a class of the language means that the program gives to a test: under a name, or in an answer.

A test may expect an exception of the program's: ``try: f(); assert False / except Account.Refused: pass``. If the
program says ``Refused = Exception``, that handler catches the failed assertion, in plain Python too. So from the moment
that such a class is there, the test is traced, and the first assertion that failed in its own code ends it, whatever
caught it. A class that a handler asks the program for arrives when the assertion has failed already: then it is the
exception that the test is handling. Other tests are not traced: it costs as much as a debugger.

``Shape = object`` makes ``isinstance(x, Shape)`` hold for everything. A test that asks so of a class of the language
that the program gave it rests on the program, as one does that asks of a class of the program's own.
"""

import sys
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

from .candidate_caller import CandidateCaller
from .class_uses import PATTERN
from .special_names import TEST_MODULE

_QUESTIONS = ("isinstance", "issubclass")
"""Functions by which a test asks what class an object is of."""


class GivenClasses:
    """The classes of the language that the program gave the running test."""

    def __init__(self, caller: CandidateCaller) -> None:
        self._caller = caller
        self._code: CodeType | None = None
        self._is_noted = False
        self._is_tracing = False
        self.failed_assertion: BaseException | None = None
        """The first assertion that failed in the running test's own code while such a class was there."""

    def start_test(self, code: CodeType | None, values: Iterable[Any]) -> None:
        """Begin a test; ``values`` are those of the program's names that it uses and that are such classes."""
        self._code = code
        self._is_noted = False
        self.failed_assertion = None
        for value in values:
            self.receive(value)

    def end_test(self) -> None:
        """Stop following the test."""
        self._code = None
        if self._is_tracing:
            self._is_tracing = False
            sys.settrace(None)

    def receive(self, value: Any) -> None:
        """Note a class that the program gave to the running test."""
        if self._code is None or not is_of_language(value):
            return
        if not self._is_noted:
            self._is_noted = True  # an answer may have a hundred thousand classes
            if _asks_for_class(self._code):
                self._caller.mark_rests_on_program()
        if issubclass(AssertionError, value):
            self._note_failure(sys.exc_info()[1])
            self._start_tracing()

    def _start_tracing(self) -> None:
        if self._is_tracing:
            return
        self._is_tracing = True
        sys.settrace(self._trace)
        frame: FrameType | None = sys._getframe()  # noqa: SLF001
        while frame is not None:
            if _is_of_test(frame):
                frame.f_trace_lines = False
                frame.f_trace = self._trace
            frame = frame.f_back

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not _is_of_test(frame):
            return None
        frame.f_trace_lines = False
        if event == "exception":
            self._note_failure(arg[1])
        return self._trace

    def _note_failure(self, error: BaseException | None) -> None:
        """Keep an exception if it is a failure of the test's own. One that may be in its usual course is marked."""
        if error is None or self.failed_assertion is not None or self._caller.was_raised_by_program(error):
            return
        if isinstance(error, AssertionError) or type(error).__module__.startswith("_pytest"):
            self.failed_assertion = error
        elif not isinstance(error, (StopIteration, StopAsyncIteration, GeneratorExit)):
            self._caller.mark_rests_on_program()


def is_of_language(value: Any) -> bool:
    """Whether a value is a class of the language or a library: the program's own have a class of their own, or are
    proxies.
    """
    return type(value) is type


def _is_of_test(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") == TEST_MODULE


def _asks_for_class(code: CodeType) -> bool:
    """Whether code asks what class an object is of, by a function or by a pattern."""
    return any(name in _QUESTIONS or name.startswith(PATTERN) for name in code.co_names) or any(
        _asks_for_class(const) for const in code.co_consts if isinstance(const, CodeType)
    )
