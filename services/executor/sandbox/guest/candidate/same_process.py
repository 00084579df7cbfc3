"""Runs one test together with the program in this process (``isolation: same_process``); reports how the test ended.

The only kind of test whose text comes to this process. The program can read it, and can change everything in Python
that it uses. What is kept from it is the report of a pass: a line with a random token, which the checker makes for this
one test.

1. The code (program, setup and test, as one module) is compiled. None of it has run yet. ``["ready"]`` is sent.
2. The checker sends the line that reports a pass. It is read into one ``bytes`` object, which is held on the value
   stack of a running frame and nowhere else: no variable, frame, container or module has it.
3. The module runs to its end. If it raises, the value stack is unwound and the token is gone. A fail needs none.
4. Only at the end is the token taken from the stack and written.

Every other line means a fail, so nothing is gained by forging one. Exit codes and printed text mean nothing.
``SECURITY.md`` lists what remains: raw memory (``ctypes``, crafted bytecode), and a program that makes the test itself
succeed, by changing what the test compares or calls.
"""

import ast
import builtins
import os
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from ..wire import codec
from ..wire.pass_line import PASS_LINE_BYTES
from ..wire.program_imports import MODULES, has_program_import
from .program_module import FILE, keep_source, set_home

_MESSAGE_CHARS = 500
_CHECKED_MODULES = (
    "builtins", "unittest", "unittest.case", "unittest.result", "unittest.suite", "unittest.loader", "unittest.mock",
    "unittest.async_case", "numpy.testing", "pandas.testing",
)  # fmt: skip
"""Modules whose functions decide how a test ends: they must be the same at its end as before it."""
_GETTEXT_NAME = "_"


class _ReplacedError(Exception):
    """A function that decides about tests was replaced, and not put back."""


def run_test(
    channel: int, wakeup_fd: int, program: str, setup: list[str], test: str, aliases: dict[str, str]
) -> None:
    """Run the program and the test; write how the test ended to ``channel``.

    ``aliases`` are modules that the test may import under another name, where no module of that name is installed.
    """

    def send(line: list[Any]) -> None:
        os.write(channel, codec.dumps(line).encode() + b"\n")
        os.eventfd_write(wakeup_fd, 1)

    program_lines = program.count("\n") + 1
    try:
        code = merge(program, setup, test)
    except BaseException as error:  # noqa: BLE001  -- the parser may raise anything for a hostile text
        send(["ended", "syntax_error", _text_of(error)])
        return
    for alias, name in aliases.items():
        sys.modules.setdefault(alias, sys.modules[name])
    if any("unittest" in text for text in (*setup, test)):
        import unittest.mock  # noqa: F401, PLC0415  -- before the program runs, so that ``_snapshot`` has it
    if any("inspect" in text for text in (program, *setup, test)):
        keep_source("\n".join([program, *setup, test]))
    set_home()
    module = types.ModuleType("program")
    module.__file__ = FILE
    sys.modules["program"] = module
    if any(map(has_program_import, (*setup, test))):
        sys.modules.update(dict.fromkeys(MODULES, module))
    steps: list[Callable[..., Any]] = [
        lambda: os.read(channel, PASS_LINE_BYTES),
        _finish_with(channel, wakeup_fd, module.__dict__),
    ]
    sys.addaudithook(_refuse)
    send(["ready"])
    try:
        _run_to_end(steps, code, module.__dict__)
    except BaseException as error:  # noqa: BLE001  -- whatever ends a test early is a fail
        send(["ended", *_describe(error, program_lines)])


def merge(program: str, setup: list[str], test: str) -> types.CodeType:
    """Compile program, setup and test as one module, so that no code of ours runs between them.

    Each is parsed by itself: none can end in the middle of a statement and swallow what follows. The lines of setup and
    test count on from those of the program.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as ``compile`` does.
    """
    tree = ast.parse(program.removeprefix("\ufeff"), "<program>")
    line = program.count("\n") + 1
    imports: list[ast.stmt] = []
    for text in (*setup, test):
        part = ast.parse(text, "<test>")
        ast.increment_lineno(part, line)
        line += text.count("\n") + 1
        imports += [
            ast.increment_lineno(node, 1 - node.lineno) for node in part.body if _is_future_import(node)
        ]
        tree.body += [node for node in part.body if not _is_future_import(node)]
    first = 1 if tree.body and ast.get_docstring(tree, clean=False) is not None else 0
    tree.body[first:first] = imports
    code: types.CodeType = compile(tree, "<program>", "exec", dont_inherit=True)
    return code


def _is_future_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _run_to_end(steps: list[Callable[..., Any]], code: types.CodeType, namespace: dict[str, Any]) -> None:
    """Run ``code``, then the last of ``steps`` with what the first returned.

    One expression, so that what it has already evaluated is on the value stack only: the last step, then the token.
    """
    steps.pop()(steps.pop()(), exec(code, namespace))  # type: ignore[func-returns-value]  # noqa: S102


def _finish_with(channel: int, wakeup_fd: int, namespace: dict[str, Any]) -> Callable[[bytes, None], None]:
    """Return the function that ends a test that ran to its end. Everything that it needs is looked up now."""
    write, wake = os.write, os.eventfd_write
    namespace["__builtins__"] = builtins
    before = (*_snapshot(), (namespace, "__builtins__", builtins))
    error = _ReplacedError

    def finish(token: bytes, _ended: None) -> None:
        for owner, name, value in before:
            if owner.get(name) is not value:
                raise error(name)
        write(channel, token)
        wake(wakeup_fd, 1)

    return finish


def _snapshot() -> tuple[tuple[Mapping[str, Any], str, Any], ...]:
    """Return the functions and classes that decide how a test ends, each with the namespace that holds it."""
    modules = {name: sys.modules[name] for name in _CHECKED_MODULES if name in sys.modules}
    owners: list[Mapping[str, Any]] = [vars(module) for module in modules.values()]
    for name, module in modules.items():
        if name.startswith("unittest."):
            owners += [vars(value) for value in vars(module).values() if isinstance(value, type)]
    functions = [
        (owner, name, value)
        for owner in owners
        for name, value in owner.items()
        if callable(value) and name != _GETTEXT_NAME
    ]
    return (*functions, *((sys.modules, name, module) for name, module in modules.items()))


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what shows other code's objects, or changes which of its lines run. An audit hook cannot be removed.

    Uses constants only, so that the program cannot change what is refused.
    """
    if event in {
        "sys.settrace",
        "sys.setprofile",
        "sys.monitoring.register_callback",
        "sys._current_frames",
        "gc.get_objects",
        "gc.get_referrers",
        "gc.get_referents",
    } or (event == "object.__setattr__" and args[1] == "__code__"):
        raise RuntimeError(f"{event} is refused where the test runs in the program's process")


def _describe(error: BaseException, program_lines: int) -> tuple[str, str]:
    """Return outcome and message of a test that raised."""
    if isinstance(error, _ReplacedError):
        return "runtime_error", f"{error} was replaced and not put back: no test can be trusted to fail"
    if isinstance(error, MemoryError):
        return "memory_limit", "an allocation was refused"
    text = _text_of(error)
    line = _line_in_module(error)
    if 0 < line <= program_lines:
        text = f"while loading: {text} (line {line})"
    return ("wrong_answer" if isinstance(error, AssertionError) else "runtime_error"), text


def _line_in_module(error: BaseException) -> int:
    """Return the line of the module that raised, or called what raised; 0 if none."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<program>":
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


def _text_of(error: BaseException) -> str:
    try:
        text = f"{type(error).__name__}: {error}".strip()
    except BaseException:  # noqa: BLE001  -- its own ``__str__`` failed
        return type(error).__name__
    return text if len(text) <= _MESSAGE_CHARS else f"… {text[-_MESSAGE_CHARS:]}"
