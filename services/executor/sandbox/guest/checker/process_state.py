"""Restores what a test may change in this process, before it judges the next load. For the checker only.

The programs of a suite share a checker. A test that lowers the recursion limit, sets an alarm or starts a patch undoes
that at its end; if the program raises in between, it is left, and would decide the tests of the next program. So each
load begins with the process as it was before the first one: environment, timers, signal handlers, limits of the
interpreter, filters of warnings, working directory, the context of ``decimal``, the error state of numpy, and patches
that were started.

Not restored: attributes of modules that a test assigns itself, and options of libraries.
"""

import gc
import os
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any

from .own_time import own_time

_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


class ProcessState:
    """The state of this process before the first test."""

    def __init__(self) -> None:
        self._is_saved = False

    def save(self) -> None:
        """Note the state: call once, before the first test."""
        self._is_saved = True
        self._environ = dict(os.environ)
        self._handlers = [signal.getsignal(number) for number in _SIGNALS]
        self._limits = _limits()
        self._path = list(sys.path)
        self._filters = list(warnings.filters)
        self._is_collecting = gc.isenabled()
        self._directory = os.getcwd()

    def restore(self) -> None:
        """Restore it, if it was saved: a warm-up, outside of a checker, changes nothing."""
        if not self._is_saved:
            return
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL):
            signal.setitimer(timer, 0)
        self._restore_signals()
        if _limits() != self._limits:
            sys.setrecursionlimit(self._limits[0])
            sys.set_int_max_str_digits(self._limits[1])
            sys.setswitchinterval(self._limits[2])
        if dict(os.environ) != self._environ:
            os.environ.clear()
            os.environ.update(self._environ)
        sys.path[:] = self._path
        if list(warnings.filters) != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001
        if gc.isenabled() != self._is_collecting:
            (gc.enable if self._is_collecting else gc.disable)()
        with suppress(OSError):
            os.chdir(self._directory)
        _restore_libraries()

    def _restore_signals(self) -> None:
        for number, handler in zip(_SIGNALS, self._handlers, strict=True):
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)
        own_time.restart()


def _limits() -> tuple[int, int, float]:
    return sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.getswitchinterval()


def _restore_libraries() -> None:
    modules: dict[str, Any] = sys.modules
    if "unittest.mock" in modules:
        with suppress(Exception):  # what a patch replaced may be gone
            modules["unittest.mock"].patch.stopall()
    if "decimal" in modules:
        modules["decimal"].setcontext(modules["decimal"].Context())
    if "numpy" in modules:
        modules["numpy"].seterr(divide="warn", over="warn", under="ignore", invalid="warn")


process_state = ProcessState()
"""One for the process."""
