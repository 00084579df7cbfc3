"""Shows what a running command does: a progress bar, the rows it skips, a message after an interrupt.

Everything here is written to stderr. Results go to files or to stdout.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clients.datasets import BadRow

_MAX_SHOWN_ROWS = 20  # skipped rows that are printed one by one: a page of a terminal
LINE_EVERY_S = 10.0
"""Seconds between two lines of progress where stderr is no terminal: a log stays short, and shows that a run lives."""
console = Console(stderr=True, highlight=False)
"""For everything a command prints beside its results."""


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """End the process as a shell expects after SIGINT (or SIGTERM), and print ``kept``: what the run leaves behind."""
    try:
        yield
    except KeyboardInterrupt:
        console.print(f"interrupted: {kept}", soft_wrap=True)
        raise typer.Exit(128 + signal.SIGINT) from None


@contextmanager
def progress_bar() -> Iterator["ProgressBar"]:
    """Show a progress bar on a terminal; elsewhere print a line every ``LINE_EVERY_S``. Skipped rows are printed."""
    columns = (TextColumn("judged"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = ProgressBar(progress)
        if console.is_terminal:
            yield bar
        else:
            with calling_every(LINE_EVERY_S, lambda: console.print(bar.line(), soft_wrap=True)):
                yield bar


@contextmanager
def calling_every(pause_s: float, print_line: Callable[[], None]) -> Iterator[None]:
    """Call ``print_line`` every ``pause_s`` seconds, in a thread, for as long as the block lasts."""
    ended = threading.Event()

    def print_lines() -> None:
        while not ended.wait(pause_s):
            print_line()

    thread = threading.Thread(target=print_lines, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class ProgressBar:
    """Shows how many candidates are judged, and prints skipped rows as they are read."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._skipped = 0
        self._done, self._total = 0, 0
        self._started = time.monotonic()
        self._task = progress.add_task("", total=None)

    def total(self, count: int) -> None:
        """Set how many candidates there are to judge."""
        self._total = count
        self._started = time.monotonic()
        self._progress.update(self._task, total=count)

    def advance(self, count: int) -> None:
        """Count ``count`` more candidates as done."""
        self._done += count
        self._progress.advance(self._task, count)

    def line(self) -> str:
        """Return the progress as one line: ``judged 120 of 210, 12 a second, about 8 s left``."""
        rate = self._done / max(time.monotonic() - self._started, 0.001)
        of = f" of {self._total}" if self._total else ""
        line = f"judged {self._done}{of}, {rate:.3g} a second"
        return line + (
            f", about {(self._total - self._done) / rate:.0f} s left" if self._total and rate else ""
        )

    def bad(self, row: BadRow) -> None:
        """Print that ``row`` is skipped, for the first rows only."""
        self._skipped += 1
        if self._skipped <= _MAX_SHOWN_ROWS:
            console.print(f"skipped {row}", markup=False, soft_wrap=True)
        if self._skipped == _MAX_SHOWN_ROWS:
            console.print("more skipped rows are counted, but not shown")
