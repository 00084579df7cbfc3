"""Runs a command of ``acecoder`` as a process of a step, and passes what it prints on."""

import subprocess
from collections import deque
from collections.abc import Callable, Sequence

from loop.services.process import LAST_LINES, environment, python_command
from loop.steps.context import StepError


def run_acecoder(arguments: Sequence[str], on_line: Callable[[str], None]) -> None:
    """Run ``acecoder`` with ``arguments``; ``on_line`` receives each line that it prints.

    Raises:
        StepError: it ended with another status than 0; the message has its last lines.
    """
    lines: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(  # noqa: S603 - our own command
        python_command("acecoder", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment({"COLUMNS": "200"}),  # so that messages are not broken into lines of 80
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            text = line.rstrip().rpartition("\r")[2]
            if text:
                lines.append(text)
                on_line(text)
    if process.returncode:
        last = "\n".join(lines)
        raise StepError(f"'acecoder {arguments[0]}' ended with status {process.returncode}:\n{last}")
