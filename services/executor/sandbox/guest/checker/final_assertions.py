"""Makes a failed assertion of a test final where an exception class of the program's would catch it.

A test may expect an exception of the program's: ``try: f(); assert False / except NotEnough: pass``. If the program
says ``NotEnough = Exception``, that handler catches the failed assertion, in plain Python too. So where one of the
program's names that a test uses is bound to such a class, the test is traced, and the first assertion that fails in its
own code ends it, whatever catches it. Other tests are not traced: it costs as much as a debugger.
"""

import sys
from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Any, Self

from .special_names import TEST_MODULE


def catching_names(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the program's that are bound to what catches a failed assertion."""
    return frozenset(name for name, value in values.items() if _catches(value))


def _catches(value: Any) -> bool:
    if (
        type(value) is type
    ):  # a class of the language: the program's own derive from it and catch only themselves
        return issubclass(AssertionError, value)
    return type(value) is tuple and any(map(_catches, value))


class FailedAssertions:
    """Traces the code of a test, as a context, and keeps the first assertion that failed in it."""

    def __init__(self, was_raised_by_program: Callable[[BaseException], bool]) -> None:
        self._was_raised_by_program = was_raised_by_program
        self.first: AssertionError | None = None

    def __enter__(self) -> Self:
        sys.settrace(self._trace)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_globals.get("__name__") != TEST_MODULE:
            return None
        frame.f_trace_lines = False
        if event == "exception" and self.first is None:
            error = arg[1]
            if isinstance(error, AssertionError) and not self._was_raised_by_program(error):
                self.first = error
        return self._trace
