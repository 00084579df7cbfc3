"""Starts a step as a process, writes its output to its log, and passes its progress on."""

import json
import os
import select
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol

from loop.services.process import last_lines, python_command, start_tied, stop_tied
from loop.steps.process import ADDRESSES, MARK
from loop.steps.registry import StepEntry

ALIVE_S = 1.0
"""How often services are checked while a step runs."""


class StepFailedError(Exception):
    """A step failed; the message says why, and where its log is."""


class StepListener(Protocol):
    """Receives the progress of the current step."""

    def count(self, done: int, total: int, noun: str) -> None:
        """Receive a count."""

    def line(self, text: str) -> None:
        """Receive a line."""


def run_in_process(
    entry: StepEntry,
    root: Path,
    log: Path,
    *,
    variables: Mapping[str, str],
    addresses: Mapping[str, str],
    listener: StepListener,
    check: Callable[[], None],
) -> None:
    """Run a step of the run in ``root`` to its end.

    ``check`` is called every ``ALIVE_S``; its exceptions end the step.

    Raises:
        StepFailedError: the step ended with another status than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    process = start_tied(
        python_command("loop.steps.process", str(root), entry.module),
        output=-1,  # subprocess.PIPE
        variables={**variables, ADDRESSES: json.dumps(dict(addresses))},
    )
    reader = _OutputReader(listener)
    assert process.stdout is not None
    try:
        with log.open("a", encoding="utf-8") as file:
            for line in _lines(process.stdout, check):
                if text := reader.read(line):
                    file.write(text)
                    file.flush()
    finally:
        stop_tied(process)
        process.stdout.close()
    if process.returncode:
        reason = reader.error or f"it ended with status {process.returncode}:\n{last_lines(log)}"
        raise StepFailedError(f"step {entry.name}: {reason}\n(log: {log})")


def _lines(stream: IO[bytes], check: Callable[[], None]) -> Iterator[str]:
    """Yield lines until the end of a stream; call ``check`` now and then, also if there are none."""
    pending = b""
    while True:
        readable, _, _ = select.select([stream], [], [], ALIVE_S)
        check()
        if not readable:
            continue
        received = os.read(stream.fileno(), 65536)
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace") + "\n"
        if not received:
            if pending:
                yield pending.decode("utf-8", "replace") + "\n"
            return


class _OutputReader:
    """Tells progress from other output."""

    def __init__(self, listener: StepListener) -> None:
        self._listener = listener
        self.error = ""
        """Why the step cannot go on, in its own words."""

    def read(self, line: str) -> str:
        """Pass the progress in a line on, and return the text for the log."""
        text, mark, progress = line.partition(MARK)
        if not mark:
            shown = text.rstrip().rpartition("\r")[2]  # a progress bar's last state
            if shown:
                self._listener.line(shown)
            return text
        value = json.loads(progress)
        if "error" in value:
            self.error = value["error"]
        elif "line" in value:
            self._listener.line(value["line"])
            text += value["line"] + "\n"
        else:
            self._listener.count(value["done"], value["total"], value["noun"])
        return text
