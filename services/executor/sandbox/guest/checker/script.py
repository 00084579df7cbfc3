"""Runs a program once as a script: sends its stdin, captures its stdout up to a cap.

Whether the output is right is decided by the caller's ``judge``, in this process, which the program cannot reach.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..wire.channel import ChannelClosed
from ..wire.codec import WireError
from .candidate_link import CandidateLink
from .candidate_process import ENDED_ITSELF, CandidateLost
from .outcomes import FORGED, outcome_of_failed_program
from .suite import CandidateLimits

JudgeOutput = Callable[[str], tuple[str, str]]
"""Takes what the program printed; returns outcome and message."""
_READ_BYTES = 1 << 16
"""As much as a pipe holds."""
_MAX_EXIT_CODE = 255
"""A process tells its parent eight bits; values below zero are signals, which no process reports of itself."""


class _CapturedStdout:
    """What the program printed, up to the cap."""

    def __init__(self, link: CandidateLink, descriptor: int, cap_bytes: int) -> None:
        self._link = link
        self._descriptor = descriptor
        self._cap_bytes = cap_bytes
        self._parts: list[bytes] = []
        self.size_bytes = 0
        os.set_blocking(descriptor, False)

    def read_available(self) -> None:
        """Read what the pipe holds. Raises ``CandidateLost`` past the cap."""
        while True:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                return
            self._parts.append(data)
            self.size_bytes += len(data)
            if self.size_bytes > self._cap_bytes:
                self._link.lose("output_limit", f"more than {self._cap_bytes} bytes were printed")

    def text(self) -> str:
        """Return it as text to show: what is not UTF-8 becomes U+FFFD."""
        return b"".join(self._parts).decode("utf-8", "replace")

    def text_to_judge(self) -> str:
        """Return it as text to compare: what is not UTF-8 becomes lone surrogates, which no expected text contains."""
        return b"".join(self._parts).decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class ScriptRun:
    """The result of running a program on one input."""

    outcome: str
    message: str
    cpu_s: float = 0.0
    overrun_s: float = 0.0
    """CPU seconds beyond the limit."""
    idle_s: float = 0.0
    is_near_limit: bool = False
    """Whether it ended by itself, a little beyond its CPU limit, or was killed: the machine may be the cause."""
    printed: dict[str, Any] | None = None
    """stdout, stderr and exit code, for a test without an expected output."""


def run_script(
    orders: socket.socket,
    limits: CandidateLimits,
    spent_cpu_s: float,
    program: tuple[str, str],
    test: dict[str, Any],
    judge: JudgeOutput | None,
) -> ScriptRun:
    """Run the program on one input (``stdin``, ``files``). If ``judge`` is ``None``, what the program printed is
    returned and not judged.
    """
    only_returns_output = judge is None
    reader, writer = os.pipe()
    errors = os.open(".", os.O_RDWR | os.O_TMPFILE, 0o600) if only_returns_output else -1
    standard = [writer, errors] if only_returns_output else [writer]
    link = CandidateLink(orders, limits, spent_cpu_s, standard=standard)
    os.close(writer)
    stdout = _CapturedStdout(link, reader, limits.output_bytes)
    link.watch(reader, on=True)
    try:
        link.send(["main", *program, test["stdin"], test["files"], only_returns_output])
        ran = _run_to_end(link, stdout, reader, judge)
        if link.is_near_limit():
            ran = ScriptRun("time_limit", f"more than {limits.cpu_s:g} s of CPU time")
    except CandidateLost as lost:
        ran = _result_of_lost(lost, link, stdout, judge)
    finally:
        is_near_limit = link.is_near_limit() or link.was_killed
        overrun_s = link.time.refund_overrun()
        cpu_s = link.time.total_cpu_s()
        link.end()
        os.close(reader)
    if only_returns_output:
        if ran.printed is not None:
            ran.printed["stderr"] = _last_text(errors, limits.output_bytes)
        os.close(errors)
    ran.cpu_s, ran.idle_s, ran.overrun_s, ran.is_near_limit = (
        cpu_s,
        link.time.idle.total_s,
        overrun_s,
        is_near_limit,
    )
    return ran


def _last_text(descriptor: int, cap_bytes: int) -> str:
    """Return the last ``cap_bytes`` of a file, as text."""
    size_bytes = os.fstat(descriptor).st_size
    start = max(0, size_bytes - cap_bytes)
    return os.pread(descriptor, size_bytes - start, start).decode("utf-8", "replace")


def _run_to_end(
    link: CandidateLink, stdout: _CapturedStdout, reader: int, judge: JudgeOutput | None
) -> ScriptRun:
    line = _wait_for_end(link, stdout, reader)
    stdout.read_available()
    try:
        end = _parse_end(line)
    except Exception:  # noqa: BLE001  -- a line may have any shape: parsing it may raise anything
        link.lose("runtime_error", FORGED)
    if isinstance(end, int):
        return _judge_end(stdout, judge, end)
    printed = {"stdout": stdout.text(), "exit_code": 1} if judge is None else None
    return ScriptRun(*end, printed=printed)


def _wait_for_end(link: CandidateLink, stdout: _CapturedStdout, reader: int) -> list[Any]:
    """Wait for the line that reports the script's end; read its output meanwhile."""
    while True:
        line = link.receive(extra=reader)
        if line is not None:
            return line
        before_bytes = stdout.size_bytes
        stdout.read_available()
        if stdout.size_bytes == before_bytes:  # its stdout is closed: only the end is left to wait for
            link.watch(reader, on=False)


def _parse_end(line: list[Any]) -> int | tuple[str, str]:
    """Return the exit status of a script that ran to its end, or outcome and message of one that did not.

    Raises any ``Exception`` for a line that is neither.
    """
    if line[0] == "broken":
        return outcome_of_failed_program(line[1], line[2])
    kind, status, *_rest = line
    if kind != "value" or type(status) is not int or not 0 <= status <= _MAX_EXIT_CODE:
        raise WireError
    return status


def _judge_end(stdout: _CapturedStdout, judge: JudgeOutput | None, exit_code: int) -> ScriptRun:
    """Judge the output of a script that ended by itself. Its exit code counts only where nothing is expected."""
    if judge is not None:
        return ScriptRun(*judge(stdout.text_to_judge()))
    printed = {"stdout": stdout.text(), "exit_code": exit_code}
    if exit_code:
        return ScriptRun("runtime_error", f"exit code {exit_code}", printed=printed)
    return ScriptRun("passed", "", printed=printed)


def _result_of_lost(
    lost: CandidateLost, link: CandidateLink, stdout: _CapturedStdout, judge: JudgeOutput | None
) -> ScriptRun:
    """Return the result of a lost candidate. If a script ended its own process (``os._exit``), its output counts."""
    try:
        stdout.read_available()
    except (CandidateLost, ChannelClosed):
        return ScriptRun("output_limit", "too much was printed")
    if lost.message == ENDED_ITSELF:
        return _judge_end(stdout, judge, link.exit_code)
    if judge is not None or lost.outcome == "output_limit":
        return ScriptRun(lost.outcome, lost.message)
    printed = {"stdout": stdout.text(), "exit_code": link.exit_code}
    return ScriptRun(lost.outcome, lost.message, printed=printed)
