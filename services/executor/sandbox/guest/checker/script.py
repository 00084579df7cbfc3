"""One run of a program as a script: stdin in, stdout captured under a cap, compared out of the program's reach."""

import os
import socket
from dataclasses import dataclass
from typing import Any

from ..wire.channel import ChannelClosed
from ..wire.codec import WireError
from .candidate_link import Limits, Link
from .compare import same_output
from .lost import ENDED_ITSELF, Lost
from .outcomes import FORGED, clean, of_broken

_READ_BYTES = 1 << 16
"""As much as a pipe holds."""
_LAST_EXIT_CODE = 255
"""A process tells its parent eight bits; below zero are only signals, which no process says of itself."""


class _Output:
    """What the program printed, up to the cap."""

    def __init__(self, link: Link, descriptor: int, cap_bytes: int) -> None:
        self._link = link
        self._descriptor = descriptor
        self._cap_bytes = cap_bytes
        self._parts: list[bytes] = []
        self._size = 0
        os.set_blocking(descriptor, False)

    def pull(self) -> None:
        """Take what is there. Raises ``Lost`` past the cap."""
        while True:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                return
            self._parts.append(data)
            self._size += len(data)
            if self._size > self._cap_bytes:
                self._link.lose("output_limit", f"more than {self._cap_bytes} bytes were printed")

    def text_size(self) -> int:
        """Return the bytes so far."""
        return self._size

    def text(self) -> str:
        return b"".join(self._parts).decode("utf-8", "replace")


@dataclass(slots=True)
class Ran:
    """What became of one input."""

    outcome: str
    message: str
    cpu_s: float = 0.0
    over_s: float = 0.0
    """CPU seconds beyond the limit."""
    idle_s: float = 0.0
    edge: bool = False
    """Whether it ended by itself, a little beyond its CPU limit."""
    printed: dict[str, Any] | None = None
    """stdout, stderr and exit code, where nothing in particular is expected of them."""


def run_script(
    orders: socket.socket,
    limits: Limits,
    spent_cpu_s: float,
    program: tuple[str, str],
    test: dict[str, Any],
    comparison: dict[str, Any],
) -> Ran:
    """Run the program on one input."""
    shown = test["stdout"] is None
    reader, writer = os.pipe()
    errors = os.open(".", os.O_RDWR | os.O_TMPFILE, 0o600) if shown else -1
    link = Link(orders, limits, spent_cpu_s, standard=[writer, errors] if shown else [writer])
    os.close(writer)
    output = _Output(link, reader, limits.output_bytes)
    link.watch(reader, on=True)
    try:
        link.send(["main", *program, test["stdin"], test["files"], shown])
        ran = _finished(link, output, reader, test, comparison)
        if link.at_edge():
            ran = Ran("time_limit", f"more than {limits.cpu_s:g} s of CPU time")
    except Lost as lost:
        ran = _of_dead(lost, link, output, test, comparison)
    finally:
        edge, over_s = link.at_edge(), link.forgive()
        ran_cpu_s = link.total_cpu_s()
        link.end()
        os.close(reader)
    if shown:
        if ran.printed is not None:
            ran.printed["stderr"] = _text_of(errors, limits.output_bytes)
        os.close(errors)
    ran.cpu_s, ran.idle_s, ran.over_s, ran.edge = ran_cpu_s, link.idle.total_s, over_s, edge
    return ran


def _text_of(descriptor: int, cap_bytes: int) -> str:
    """Return the end of a file."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - cap_bytes)
    return os.pread(descriptor, size - start, start).decode("utf-8", "replace")


def _finished(
    link: Link, output: _Output, reader: int, test: dict[str, Any], comparison: dict[str, Any]
) -> Ran:
    line = _last_line(link, output, reader)
    output.pull()
    try:
        end = _end(line)
    except Exception:  # noqa: BLE001  -- whatever a line of any shape runs into
        link.lose("runtime_error", FORGED)
    if isinstance(end, int):
        return _compared(output, test, comparison, end)
    printed = None if test["stdout"] is not None else {"stdout": output.text(), "exit_code": 1}
    return Ran(*end, printed=printed)


def _last_line(link: Link, output: _Output, reader: int) -> list[Any]:
    """Wait for the script's end, draining its output meanwhile."""
    while True:
        line = link.receive(extra=reader)
        if line is not None:
            return line
        before = output.text_size()
        output.pull()
        if output.text_size() == before:  # its stdout is closed: only the end is left to wait for
            link.watch(reader, on=False)


def _end(line: list[Any]) -> int | tuple[str, str]:
    """Return the exit status of a script that ran to its end, or outcome and message of one that did not.

    Raises any ``Exception`` at a line that says neither.
    """
    if line[0] == "broken":
        return of_broken(line[1], line[2])
    kind, status, *_rest = line
    if kind != "value" or type(status) is not int or not 0 <= status <= _LAST_EXIT_CODE:
        raise WireError
    return status


def _compared(output: _Output, test: dict[str, Any], comparison: dict[str, Any], exit_code: int) -> Ran:
    printed = output.text()
    if test["stdout"] is None:
        shown = {"stdout": printed, "exit_code": exit_code}
        if exit_code:
            return Ran("runtime_error", f"exit code {exit_code}", printed=shown)
        return Ran("passed", "", printed=shown)
    if same_output(printed, test["stdout"], comparison):
        return Ran("passed", "")
    return Ran("wrong_answer", clean(f"printed {printed[:200]!r}"))


def _of_dead(
    lost: Lost, link: Link, output: _Output, test: dict[str, Any], comparison: dict[str, Any]
) -> Ran:
    """A script may end its own process, as ``os._exit`` does: what it printed still counts."""
    try:
        output.pull()
    except (Lost, ChannelClosed):
        return Ran("output_limit", "too much was printed")
    if lost.message == ENDED_ITSELF:
        return _compared(output, test, comparison, link.exit_code)
    if test["stdout"] is not None or lost.outcome == "output_limit":
        return Ran(lost.outcome, lost.message)
    printed = {"stdout": output.text(), "exit_code": link.exit_code}
    return Ran(lost.outcome, lost.message, printed=printed)
