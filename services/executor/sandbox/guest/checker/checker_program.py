"""Calls a suite's checker program, ``check(input, output, expected)``, and reads what it returns.

Each call runs in a new process that the session supervisor forks for it. No candidate ever ran in that process, and the
candidate is ended before it starts. It is confined as a candidate is, with limits of its own, and its CPU time is not
the candidate's. What it sends back is read as a candidate's lines are: as hostile. So a checker program can at most
misjudge the one output that it was given.
"""

import ast
import socket
from dataclasses import dataclass, replace
from typing import Any

from ..wire.evaluating_names import GUARDED, has_any
from ..wire.orders import CHECKER_PROGRAM_CPU_S, FORK_CHECKER_PROGRAM
from .candidate_link import CandidateLink
from .candidate_process import CandidateLost
from .evaluating_tests import evaluating_tests
from .outcomes import escape_controls, outcome_of_failed_program
from .suite import CandidateLimits

_IDLE_S = 5.0
"""Idle seconds of one call: a checker program waits for nothing."""
_ANSWER_BYTES = 1 << 16
"""Largest line that is read from it: one number, or the description of an exception."""
_LIMITS = CandidateLimits(CHECKER_PROGRAM_CPU_S, _IDLE_S, CHECKER_PROGRAM_CPU_S, _IDLE_S, _ANSWER_BYTES)
_SHOWN_CHARS = 100
_FUNCTION = "check"


@dataclass(frozen=True, slots=True)
class CheckerAnswer:
    """The result of one call."""

    score: float = 0.0
    """From 0 to 1; 1 accepts the output."""
    is_partial: bool = False
    """Whether it returned a number and no bool."""
    fault: str = ""
    """Why there is no score, in words."""
    is_out_of_time: bool = False
    """Whether the fault is that a time limit was reached."""
    was_killed: bool = False
    """Whether its process was killed from outside: the machine is at fault, not the output."""
    cpu_s: float = 0.0
    """CPU seconds of the call, with the load of the checker program."""

    @property
    def accepts(self) -> bool:
        """Whether the output is right."""
        return not self.fault and self.score == 1.0


class CheckerProgram:
    """The checker program of one suite."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.evaluates = _may_evaluate(source)
        """Whether it can run an output as code: then a program could print what makes it accept."""

    def load_fault(self, orders: socket.socket, program: tuple[str, str]) -> str:
        """Return why the program does not define ``check``, or an empty string. Loads it once more if it is killed."""
        loaded = _load_once(orders, program)
        return (_load_once(orders, program) if loaded.was_killed else loaded).fault

    def call(
        self, orders: socket.socket, program: tuple[str, str], arguments: list[str | None]
    ) -> CheckerAnswer:
        """Load the program (its text and code) in a new process and call its ``check``; once more if it is killed."""
        answer = _call_once(orders, program, arguments)
        return _call_once(orders, program, arguments) if answer.was_killed else answer


def _load_once(orders: socket.socket, program: tuple[str, str]) -> CheckerAnswer:
    link = CandidateLink(orders, _LIMITS, 0.0, order=FORK_CHECKER_PROGRAM)
    try:
        link.send(["load", *program, [_FUNCTION], True, []])
        return CheckerAnswer(fault=_load_fault(link.receive()))
    except CandidateLost as lost:
        return CheckerAnswer(fault=lost.message, was_killed=lost.was_killed)
    finally:
        link.end()


def _call_once(orders: socket.socket, program: tuple[str, str], arguments: list[str | None]) -> CheckerAnswer:
    link = CandidateLink(orders, _LIMITS, 0.0, order=FORK_CHECKER_PROGRAM)
    try:
        return replace(_call(link, program, arguments), cpu_s=link.time.total_cpu_s())
    finally:
        link.end()


def _call(link: CandidateLink, program: tuple[str, str], arguments: list[str | None]) -> CheckerAnswer:
    try:
        link.send(["load", *program, [_FUNCTION], False, []])
        link.send(["batch", [[_FUNCTION, arguments, {}]]])
        if fault := _load_fault(link.receive()):
            return CheckerAnswer(fault=fault)
        return _read_answer(link.receive())
    except CandidateLost as lost:
        is_out_of_time = lost.outcome == "time_limit"
        return CheckerAnswer(fault=lost.message, is_out_of_time=is_out_of_time, was_killed=lost.was_killed)


def _may_evaluate(source: str) -> bool:
    """Whether the program may run a text as code: it uses ``eval`` or what a test may not be trusted with either."""
    if "sympy" in source:
        return True  # nearly every function of it runs a text (``sympy_guards``)
    if not has_any(source):
        return False
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # it will not load
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return not GUARDED.isdisjoint(named) or bool(evaluating_tests([tree], ast.Module([], []), ()))


def _load_fault(line: list[Any] | None) -> str:
    match line:
        case ["loaded", {"check": _}, *_rest]:
            return ""
        case ["loaded", *_rest]:
            return f"it defines no function {_FUNCTION!r}"
        case ["broken", kind, described, *_rest]:
            return f"it does not load: {_describe(kind, described)}"
    return _unexpected(line)


def _read_answer(line: list[Any] | None) -> CheckerAnswer:
    match line:
        case ["value", bool(value), *_rest]:
            return CheckerAnswer(score=float(value))
        case ["value", int(value) | float(value), *_rest] if 0 <= value <= 1:
            return CheckerAnswer(score=float(value), is_partial=True)
        case ["value", value, *_rest]:
            shown = escape_controls(repr(value)[:_SHOWN_CHARS])
            return CheckerAnswer(fault=f"it returned {shown}; return a bool, or a number from 0 to 1")
        case ["error", described, *_rest]:
            return CheckerAnswer(fault=f"it raised {_describe('raised', described)}")
    return CheckerAnswer(fault=_unexpected(line))


def _describe(kind: Any, described: Any) -> str:
    """Return the text of an exception that the process described, in whatever shape."""
    try:
        return outcome_of_failed_program(kind, described)[1]
    except Exception:  # noqa: BLE001  -- a line may have any shape: reading it may raise anything
        return "an exception"


def _unexpected(line: list[Any] | None) -> str:
    return f"its process sent {escape_controls(repr(line)[:_SHOWN_CHARS])} in place of an answer"
