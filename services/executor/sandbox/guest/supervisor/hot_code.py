"""Puts the code that every process of a session runs side by side in memory, so that forks write to fewer pages.

A call of a function writes to its code object, because its references are counted. Code objects lie where their modules
were loaded, beside code that never runs. ``recorded`` records which functions a warm-up calls, and ``move`` gives these
functions copies of their code. The copies lie together, in the order of the first calls.
"""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

CodesByThread = dict[int, dict[CodeType, None]]


@contextmanager
def recorded() -> Iterator[CodesByThread]:
    """Record the code that this thread, and threads that start in the block, call: thread → codes, by first call."""
    codes: CodesByThread = {}

    def record(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            codes.setdefault(threading.get_ident(), {})[frame.f_code] = None

    threading.setprofile(record)
    sys.setprofile(record)
    try:
        yield codes
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def codes_of(*modules: ModuleType) -> list[CodeType]:
    """Return the code of all functions and methods that modules define."""
    names = {module.__name__ for module in modules}
    return [function.__code__ for function in _functions() if function.__module__ in names]


def in_order(codes: CodesByThread) -> list[CodeType]:
    """Return the recorded codes by thread, the thread with the fewest first: a candidate runs less than a checker."""
    return [code for thread in sorted(codes.values(), key=len) for code in thread]


def move(codes: list[CodeType]) -> int:
    """Give the functions of these codes copies of their code, in this order; return the number of functions.

    The copies run slowly until the interpreter has specialised them.
    """
    functions: dict[int, list[FunctionType]] = {}
    for function in _functions():
        functions.setdefault(id(function.__code__), []).append(function)
    copies: dict[int, CodeType] = {}
    moved = 0
    for code in codes:
        for function in functions.pop(id(code), ()):
            function.__code__ = _copy(code, copies)
            moved += 1
    return moved


def _functions() -> list[FunctionType]:
    return [value for value in gc.get_objects() if type(value) is FunctionType]


def _copy(code: CodeType, copies: dict[int, CodeType]) -> CodeType:
    """Return a copy of a code and of the code inside it; ``copies``: those made so far."""
    if id(code) not in copies:
        constants = tuple(
            _copy(value, copies) if type(value) is CodeType else value for value in code.co_consts
        )
        copies[id(code)] = code.replace(co_consts=constants)
    return copies[id(code)]
