"""Restores what a test may change in this process: after a failed test, and for each load. For the checker only.

The programs of a suite share a checker. A test that lowers the recursion limit, sets an alarm or starts a patch undoes
that at its end; if the program raises in between, it is left, and would decide the tests of the next program. So the
process is put back to what it was before the first test: environment, timers, signal handlers, limits of the
interpreter, filters of warnings, search path, working directory, the context of ``decimal``, the error state of numpy,
and patches that were started.

Not restored: attributes of modules that a test assigns itself, and options of libraries.
"""

import gc
import importlib
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from .own_time import own_time

_SIGNALS = sorted(int(number) for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})

_getsignal: Callable[[int], Any] = importlib.import_module("_signal").getsignal
"""Without an enumeration's member made of each handler, as ``signal.getsignal`` does."""


class ProcessState:
    """The state of this process before the first test."""

    def __init__(self) -> None:
        self._is_saved = False
        self.has_pytest = False
        """Whether ``pytest`` is installed here."""

    def save_inherited(self) -> None:
        """Note what all checkers of a session inherit: call once, before the first is forked."""
        self._environ = dict(_environ())
        self._handlers = _handlers()
        self._limits = _limits()
        self._path = list(sys.path)
        self._filters = list(warnings.filters)
        # this search would be a tenth of a checker's page faults
        self.has_pytest = find_spec("pytest") is not None

    def save(self) -> None:
        """Save the rest of the state: call once in each checker, before the first test."""
        self._handlers[_SIGNALS.index(signal.SIGPROF)] = _getsignal(signal.SIGPROF)  # ``own_time``
        self._is_collecting = gc.isenabled()
        self._directory = os.getcwd()
        self._is_saved = True

    def restore(self, *, may_be_changed: bool) -> None:
        """Restore the state if it was saved, and if the code that ran may have changed it (``state_changes``).

        It is always restored if numpy is loaded: methods of its arrays reach parts of the library that names do not
        show. A warm-up runs outside of a checker, saves nothing and changes nothing.
        """
        if not self._is_saved or not (may_be_changed or "numpy" in sys.modules):
            return
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL):
            signal.setitimer(timer, 0)
        self._restore_signals()
        if _limits() != self._limits:
            sys.setrecursionlimit(self._limits[0])
            sys.set_int_max_str_digits(self._limits[1])
            sys.setswitchinterval(self._limits[2])
        if _environ() != self._environ:
            os.environ.clear()
            os.environ.update(
                {os.fsdecode(name): os.fsdecode(value) for name, value in self._environ.items()}
            )
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
        handlers = _handlers()
        if handlers != self._handlers:
            for number, now, before in zip(_SIGNALS, handlers, self._handlers, strict=True):
                if now != before and before is not None:
                    signal.signal(number, before)
        own_time.restart()


def _handlers() -> list[Any]:
    return list(map(_getsignal, _SIGNALS))


def _environ() -> dict[bytes, bytes]:
    return os.environ._data  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001  -- without decoding each


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
