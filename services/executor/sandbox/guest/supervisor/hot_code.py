"""Puts the code that every process of a session runs side by side in memory, so that forks write to fewer pages.

A call of a function writes to its code object, because its references are counted. Code objects lie where their modules
were loaded, beside code that never runs. ``recorded`` records which functions a warm-up calls, and ``move`` gives these
functions copies of their code. The copies lie together, in the order of the first calls. A call writes to the function
itself, too, so the guest's own functions are replaced by copies that lie together.
"""

import functools
import gc
import opcode
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

CodesByThread = dict[int, dict[CodeType, None]]

_LARGE_BYTES = 520
"""Above the 512 bytes up to which objects of each size have pages of their own: larger ones lie side by side."""
_PACKAGE = __name__.rpartition(".supervisor.")[0] + "."
"""Start of the names of the guest's modules."""
_NOTHING = bytes((opcode.opmap["NOP"], 0))
"""An instruction that does nothing, for code that is to be larger."""


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
    """Give the functions of these codes copies of their code, in this order, and replace those of the guest by copies.

    Returns the number of functions. The copies run slowly until the interpreter has specialised them.
    """
    functions: dict[int, list[FunctionType]] = {}
    for function in _functions():
        functions.setdefault(id(function.__code__), []).append(function)
    copies: dict[int, CodeType] = {}
    moved: list[FunctionType] = []
    for code in codes:
        for function in functions.pop(id(code), ()):
            function.__code__ = _copy(code, copies)
            moved.append(function)
    _replace([function for function in moved if (function.__module__ or "").startswith(_PACKAGE)])
    return len(moved)


def _replace(functions: list[FunctionType]) -> None:
    """Replace functions by copies that lie together, wherever modules and classes of the guest have them."""
    copies = {id(function): _copy_function(function) for function in functions}
    modules = [module for name, module in sys.modules.items() if name.startswith(_PACKAGE)]
    values = [value for module in modules for value in vars(module).values()]
    classes = {value for value in values if isinstance(value, type) and value.__module__.startswith(_PACKAGE)}
    for owner in (*modules, *classes):
        for name, value in list(vars(owner).items()):
            if id(value) in copies:
                setattr(owner, name, copies[id(value)])


def _copy_function(function: FunctionType) -> FunctionType:
    parts = (
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy = FunctionType(*parts)
    functools.update_wrapper(copy, function)
    copy.__kwdefaults__ = function.__kwdefaults__
    del copy.__wrapped__  # type: ignore[attr-defined]
    return copy


def _functions() -> list[FunctionType]:
    return [value for value in gc.get_objects() if type(value) is FunctionType]


def _copy(code: CodeType, copies: dict[int, CodeType]) -> CodeType:
    """Return a copy of a code and of the code inside it; ``copies``: those made so far."""
    if id(code) not in copies:
        constants = tuple(
            _copy(value, copies) if type(value) is CodeType else value for value in code.co_consts
        )
        missing_bytes = max(0, _LARGE_BYTES - sys.getsizeof(code))
        padding = _NOTHING * -(-missing_bytes // len(_NOTHING))
        copies[id(code)] = code.replace(co_consts=constants, co_code=code.co_code + padding)
    return copies[id(code)]
