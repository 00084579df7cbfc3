"""Runs one step in a process of its own: ``python -m loop.steps.process FOLDER MODULE``.

The process gives the memory of PyTorch back at the step's end, and its output becomes the step's log. Progress goes to
standard output, too: lines that begin with ``MARK``. The addresses of services are in the environment.
"""

import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from loop.config import read_loop_config
from loop.folder import RunFolder
from loop.steps.context import ServiceName, StepContext, StepError
from loop.steps.registry import run_step

MARK = "\x1e"
"""Begins a line of progress: ASCII's record separator, which no library prints."""
ADDRESSES = "ACECODER_LOOP_ADDRESSES"
"""Environment variable with the addresses of services, as a JSON object."""
CLIENT_VARIABLES = {ServiceName.EXECUTOR: "ACECODER_URL", ServiceName.REWARD_MODEL: "ACECODER_RM_URL"}
"""Service → environment variable by which ``clients`` finds it: the adapters make clients of their own."""
FAILED = 1
REFUSED = 3
"""Exit status of a step that the user must mend something for; its message is the last line of progress."""


class PipeProgress:
    """Writes progress to a stream, for the process that reads it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def count(self, done: int, total: int, noun: str = "") -> None:
        """Write a count."""
        self._write({"done": done, "total": total, "noun": noun})

    def line(self, text: str) -> None:
        """Write a line."""
        self._write({"line": text})

    def error(self, text: str) -> None:
        """Write why the step cannot go on."""
        self._write({"error": text})

    def _write(self, value: Mapping[str, object]) -> None:
        with self._lock:
            self._stream.write(f"{MARK}{json.dumps(value)}\n")
            self._stream.flush()


def main(root: Path, module: str) -> int:
    """Run the step of a module for the run in ``root``; return the exit status."""
    progress = PipeProgress(sys.stdout)
    folder = RunFolder(root)
    addresses = json.loads(os.environ.get(ADDRESSES, "{}"))
    for service, variable in CLIENT_VARIABLES.items():
        if service in addresses:
            os.environ[variable] = addresses[service]
    try:
        # What libraries print must not come between a mark and its end of line.
        with contextlib.redirect_stdout(sys.stderr):
            run_step(module, StepContext(folder, read_loop_config(folder.config_file), progress, addresses))
    except (StepError, ValueError) as error:
        traceback.print_exc()
        progress.error(str(error))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
