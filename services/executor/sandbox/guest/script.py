"""One run of a program as a script: stdin in, stdout captured under a cap, compared out of the program's reach."""

import os
import socket
from typing import Any

from .channel import Gone
from .compare import same_output
from .link import Limits, Link, Lost
from .verdict import FORGED, clean, of_broken

_READ_BYTES = 1 << 16


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


def run_script(
    orders: socket.socket,
    limits: Limits,
    spent_cpu_s: float,
    program: tuple[str, str],
    test: dict[str, str],
    comparison: dict[str, Any],
) -> tuple[str, float, float, str]:
    """Return outcome, CPU seconds, idle seconds and message of one input."""
    reader, writer = os.pipe()
    link = Link(orders, limits, spent_cpu_s, stdout=writer)
    os.close(writer)
    output = _Output(link, reader, limits.output_bytes)
    link.watch(reader, on=True)
    try:
        link.send(["main", *program, test["stdin"]])
        line = _last_line(link, output, reader)
        output.pull()
        broken = _broken(line, link)
        outcome, message = broken or _compared(output, test, comparison)
        if outcome == "passed" and link.clock() > limits.cpu_s:
            outcome, message = "time_limit", f"more than {limits.cpu_s:g} s of CPU time"
    except Lost as lost:
        outcome, message = _of_dead(lost, output, test, comparison)
    finally:
        cpu_s = link.total_cpu_s()
        link.end()
        os.close(reader)
    return outcome, cpu_s, link.idle.total_s, message


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


def _broken(line: list[Any], link: Link) -> tuple[str, str] | None:
    """Return outcome and message of a script that did not run to its end."""
    if line[0] != "broken":
        return None
    try:
        return of_broken(line[1], line[2])
    except Exception:
        link.lose("runtime_error", FORGED)
        raise


def _compared(output: _Output, test: dict[str, str], comparison: dict[str, Any]) -> tuple[str, str]:
    printed = output.text()
    if same_output(printed, test["stdout"], comparison):
        return "passed", ""
    return "wrong_answer", clean(f"printed {printed[:200]!r}")


def _of_dead(
    lost: Lost, output: _Output, test: dict[str, str], comparison: dict[str, Any]
) -> tuple[str, str]:
    """A script may end its own process, as ``os._exit`` does: what it printed still counts."""
    if lost.message == "the program ended its own process":
        try:
            output.pull()
        except (Lost, Gone):
            return "output_limit", "too much was printed"
        return _compared(output, test, comparison)
    return lost.outcome, lost.message
