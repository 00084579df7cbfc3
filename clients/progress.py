"""What every command that judges shows while it goes on: progress, rows that are skipped, an interrupt."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clients.datasets.candidates import BadRow

_INTERRUPTED = 130  # what a shell expects of a process that SIGINT ended
_SHOWN_BAD = 20  # rows told one by one: a page of a terminal
console = Console(stderr=True, highlight=False)
"""For what is told beside the results."""


@contextmanager
def interruptible(left: str) -> Iterator[None]:
    """End as a shell expects of an interrupted process, saying what is ``left`` behind."""
    try:
        yield
    except KeyboardInterrupt:
        console.print(f"interrupted: {left}", soft_wrap=True)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def progress() -> Iterator["Shown"]:
    """Show a bar on a terminal, and nothing elsewhere."""
    columns = (TextColumn("judged"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Shown(progress)


class Shown:
    """Progress on the terminal; bad rows are told as they are met."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bad = 0
        self._task = progress.add_task("", total=None)

    def total(self, count: int) -> None:
        """There are ``count`` candidates to judge."""
        self._progress.update(self._task, total=count)

    def advance(self, count: int) -> None:
        """``count`` more are done."""
        self._progress.advance(self._task, count)

    def bad(self, row: BadRow) -> None:
        """``row`` is skipped."""
        self._bad += 1
        if self._bad <= _SHOWN_BAD:
            console.print(f"skipped {row}", markup=False, soft_wrap=True)
        if self._bad == _SHOWN_BAD:
            console.print("further rows that are skipped are counted, not shown")
