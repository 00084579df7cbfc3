"""Shows what a running command does: a progress bar, the rows it skips, a message after an interrupt.

Everything here is written to stderr. Results go to files or to stdout.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clients.datasets import BadRow

_INTERRUPTED = 130  # what a shell expects of a process that SIGINT ended
_MAX_SHOWN_ROWS = 20  # skipped rows that are printed one by one: a page of a terminal
console = Console(stderr=True, highlight=False)
"""For everything a command prints beside its results."""


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """End the process as a shell expects after Ctrl-C, and print ``kept``: what the run leaves behind."""
    try:
        yield
    except KeyboardInterrupt:
        console.print(f"interrupted: {kept}", soft_wrap=True)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def progress_bar() -> Iterator["ProgressBar"]:
    """Show a progress bar on a terminal; print only skipped rows elsewhere."""
    columns = (TextColumn("judged"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield ProgressBar(progress)


class ProgressBar:
    """Shows how many candidates are judged, and prints skipped rows as they are read."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._skipped = 0
        self._task = progress.add_task("", total=None)

    def total(self, count: int) -> None:
        """Set how many candidates there are to judge."""
        self._progress.update(self._task, total=count)

    def advance(self, count: int) -> None:
        """Count ``count`` more candidates as done."""
        self._progress.advance(self._task, count)

    def bad(self, row: BadRow) -> None:
        """Print that ``row`` is skipped, for the first rows only."""
        self._skipped += 1
        if self._skipped <= _MAX_SHOWN_ROWS:
            console.print(f"skipped {row}", markup=False, soft_wrap=True)
        if self._skipped == _MAX_SHOWN_ROWS:
            console.print("more skipped rows are counted, but not shown")
