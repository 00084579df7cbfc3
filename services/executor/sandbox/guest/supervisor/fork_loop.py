"""Runs the forks of a session supervisor as compiled code, where that was built (``fork_loop.c``, which says why).

Everything works without it, only slower: ``session_supervisor`` then does the same in Python. It also does so where
there are no namespaces or no system-call filter. The library is built when the package is installed, if there is a C
compiler (``hatch_build.py``).
"""

import ctypes
import os
from _blake2 import blake2b
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn

from ..checker import cpu_speed
from ..wire.orders import CHECKER_END, FORK, FORK_SCRIPT, KILL, RENEW
from . import huge_pages
from .confine import Confinement
from .descriptors import (
    CHANNEL,
    COMPILER_FD,
    CONTROL,
    DESCRIPTORS_END,
    ORDERS,
    UNCONFINED_FD,
    WAKEUP_FD,
)
from .namespaces import Namespaces

LIBRARY = Path(__file__).with_name("libforkloop.so")
SOURCES = (Path(__file__).with_suffix(".c"), Path(__file__))
"""What the library was built from: with other fields than these it would read and write wrong memory."""


_IN_CANDIDATE = 1
"""What the loop returns in a new candidate, which is confined; the value of ``fork_loop.c``, as the next."""


class Result(IntEnum):
    """Why the loop returned elsewhere."""

    IN_CHECKER = 2
    """In a new checker, which is not yet confined."""
    LEFT_TO_PYTHON = 3
    """A message has come that Python handles, or a socket was closed."""
    FAILED = 4


class _Fields(ctypes.Structure):
    """The fields of ``struct fields``, in its order."""

    _fields_ = (
        *((name, ctypes.c_int32) for name in ("control", "orders", "compiler_client")),
        *((name, ctypes.c_int32) for name in ("own_pid_namespace", "own_mounts", "own_ipc")),
        *((name, ctypes.c_int32) for name in ("channel", "wakeup", "descriptors_end", "unconfined", "uid")),
        *((name, ctypes.c_uint64) for name in ("address_space_bytes", "cpu_s", "processes")),
        ("filter", ctypes.c_char_p),
        ("filter_length", ctypes.c_uint64),
        ("scratch_options", ctypes.c_char_p),
        ("python_renews_at_s", ctypes.c_double),
        *((name, ctypes.c_char) for name in ("fork", "fork_script", "kill", "renew", "checker_end")),
        *((name, ctypes.c_int32) for name in ("compiler", "candidate", "checker", "is_scratch_mounted")),
        ("checker_descriptors", ctypes.c_int32 * 3),
        ("error", ctypes.c_int32),
        ("failed", ctypes.c_char_p),
    )


@dataclass(frozen=True, slots=True)
class CompiledForks:
    """The compiled code, and the memory that profits from it."""

    serve: Callable[[Any], int]
    regions: list[tuple[int, int]]
    """Address and size of the interpreter's memory that huge pages can hold."""


def hash_of_sources() -> str:
    """Return the hash that a library built from the present sources has."""
    return blake2b(b"".join(path.read_bytes() for path in SOURCES), digest_size=16).hexdigest()


def load() -> CompiledForks | None:
    """Return the compiled code, or ``None`` where there is none of the present sources.

    Call before the first fork, and while there is ``/proc``.
    """
    try:
        library = ctypes.PyDLL(str(LIBRARY))
        library.fork_loop_sources.restype = ctypes.c_char_p
        is_of_sources = library.fork_loop_sources() == hash_of_sources().encode()
        has_fields = library.fork_loop_fields_bytes() == ctypes.sizeof(_Fields)
    except (OSError, AttributeError):  # not built, or for another C library
        return None
    if not is_of_sources or not has_fields:
        return None
    return CompiledForks(library.fork_loop_serve, huge_pages.regions())


class ForkLoop:
    """The compiled loop of one session supervisor."""

    def __init__(self, compiled: CompiledForks, namespaces: Namespaces, confinement: Confinement) -> None:
        """``confinement`` is that of candidates."""
        self._compiled = compiled
        self._namespaces = namespaces
        self._kept = (confinement.program, confinement.scratch_options)
        self._fields = fields = _Fields.from_address(huge_pages.private_memory(ctypes.sizeof(_Fields)))
        fields.control, fields.orders, fields.compiler_client = CONTROL, ORDERS, COMPILER_FD
        fields.own_pid_namespace, fields.own_mounts, fields.own_ipc = namespaces.own_descriptors
        fields.channel, fields.wakeup, fields.descriptors_end = CHANNEL, WAKEUP_FD, DESCRIPTORS_END
        fields.unconfined = UNCONFINED_FD
        fields.uid = -1 if confinement.uid is None else confinement.uid
        fields.address_space_bytes, fields.cpu_s, fields.processes = (
            value for _limit, value in confinement.own_limits
        )
        fields.filter, fields.filter_length = confinement.program, len(confinement.program or b"") // 8
        fields.scratch_options = confinement.scratch_options
        fields.fork, fields.fork_script, fields.kill = FORK, FORK_SCRIPT, KILL
        fields.renew, fields.checker_end = RENEW, CHECKER_END

    def serve(
        self,
        candidate: int,
        checker: int,
        compiler: int,
        serve_program: Callable[[], NoReturn],
        *,
        is_renewed: bool,
    ) -> tuple[Result, int, int]:
        """Serve worker and checker; the pids are those of the session's processes.

        A new candidate calls ``serve_program``. ``is_renewed`` is whether Python has started a checker since the last
        call: the memory is then put into huge pages again. Returns why it ended, and the pids of candidate and checker
        by then. Raises ``OSError`` if a call failed.
        """
        fields, namespaces = self._fields, self._namespaces
        fields.candidate, fields.checker, fields.compiler = candidate, checker, compiler
        fields.is_scratch_mounted = namespaces.is_scratch_mounted
        fields.python_renews_at_s = cpu_speed.due_s()
        if is_renewed:
            huge_pages.collapse_all(self._compiled.regions)
        number = self._compiled.serve(ctypes.byref(fields))
        if number == _IN_CANDIDATE:  # at once: each object that a candidate uses on its way is a page fault
            serve_program()
        result = Result(number)
        if result is Result.FAILED:
            raise OSError(fields.error, f"{fields.failed.decode()}: {os.strerror(fields.error)}")
        if result is Result.LEFT_TO_PYTHON:
            namespaces.forget_scratch(is_mounted=bool(fields.is_scratch_mounted))
        return result, fields.candidate, fields.checker

    @property
    def checker_descriptors(self) -> list[int]:
        """The descriptors of the new checker that this process is: to worker, supervisor and compiler."""
        return list(self._fields.checker_descriptors)
