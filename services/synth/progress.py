"""Shows a run: a live table of stages on a terminal; elsewhere a line every ten seconds, or every minute in a pause."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from rich.console import Console
from rich.live import Live
from rich.table import Table

from clients.progress import LINE_EVERY_S, calling_every
from services.common.logs import short_traceback
from services.synth.pipeline.store import Step, StoredRow

QUIET_S = 60.0
"""Seconds after which a line is printed though no row has finished a stage: one reply of a slow model takes minutes."""
PAUSE_SHOWN_S = 30.0
"""Seconds for which a pause is shown after the last one was reported."""


class StageProgress:
    """Counts what stages did, for a table and for lines."""

    def __init__(self, stages: Sequence[str]) -> None:
        self._stages = stages
        self._rows: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()
        self._wall_s: Counter[str] = Counter()
        self._reasons: dict[str, Counter[str]] = {}
        self._started = time.monotonic()
        self._pause = ("", 0.0)

    def stepped(self, step: Step, stored: StoredRow) -> None:  # noqa: ARG002 - the runner's interface
        """Count one stage of one row."""
        self._rows[step.stage] += 1
        self._tests[step.stage] += 0 if step.reason else step.tests_after
        self._wall_s[step.stage] += int(1000 * step.wall_s)
        if step.reason:
            self._dropped[step.stage] += 1
            self._reasons.setdefault(step.stage, Counter())[step.reason] += 1

    def paused(self, stage: str, reason: str, pause_s: float) -> None:
        """Remember why rows wait."""
        self._pause = (f"{stage} waits ({pause_s:.0f} s): {reason}", time.monotonic())

    @property
    def pause(self) -> str:
        """Why rows wait; empty if none was reported lately."""
        text, at = self._pause
        return text if time.monotonic() - at < PAUSE_SHOWN_S else ""

    def table(self) -> Table:
        """Return the table of stages."""
        table = Table(
            "stage", "rows", "kept", "tests", "rows/s", "s/row", "dropped", caption=self.pause or None
        )
        for stage in self._stages:
            rows = self._rows[stage]
            reasons = self._reasons.get(stage, Counter())
            table.add_row(
                stage,
                str(rows),
                str(rows - self._dropped[stage]),
                str(self._tests[stage]),
                f"{rows / self._elapsed_s():.2f}",
                f"{self._wall_s[stage] / 1000 / rows:.1f}" if rows else "",
                ", ".join(f"{reason} {count}" for reason, count in reasons.most_common(4)),
            )
        return table

    def line(self) -> str:
        """Return the same in one line."""
        counts = " · ".join(f"{stage} {self._rows[stage] - self._dropped[stage]}" for stage in self._stages)
        dropped = self._dropped.total()
        return f"{self._elapsed_s():.0f} s: {counts} · dropped {dropped}" + (
            f" · {self.pause}" if self.pause else ""
        )

    def _elapsed_s(self) -> float:
        return max(time.monotonic() - self._started, 1e-3)


class _Lines(StageProgress):
    """Prints a line now and then."""

    def __init__(self, console: Console, stages: Sequence[str]) -> None:
        super().__init__(stages)
        self._console = console
        self._printed = time.monotonic()

    def stepped(self, step: Step, stored: StoredRow) -> None:
        """Count one stage of one row, and print a line if it is time."""
        super().stepped(step, stored)
        self._print()

    def paused(self, stage: str, reason: str, pause_s: float) -> None:
        """Remember why rows wait, and print a line if it is time."""
        super().paused(stage, reason, pause_s)
        self._print()

    def print_if_quiet(self) -> None:
        """Print a line if there was none for ``QUIET_S``."""
        self._print(QUIET_S)

    def _print(self, pause_s: float = LINE_EVERY_S) -> None:
        if time.monotonic() - self._printed >= pause_s:
            self._printed = time.monotonic()
            self._console.print(self.line(), markup=False)


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Append what the process logs to a file while the block lasts: tracebacks would break the live table."""
    with path.open("a", encoding="utf-8") as file:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.ExceptionRenderer(short_traceback),
                structlog.dev.ConsoleRenderer(colors=False),
            ],
            logger_factory=structlog.WriteLoggerFactory(file),
            cache_logger_on_first_use=False,
        )
        try:
            yield
        finally:
            structlog.reset_defaults()


@contextmanager
def run_progress(console: Console, stages: Sequence[str]) -> Iterator[StageProgress]:
    """Show the progress of a run for as long as the block lasts."""
    if not console.is_terminal:
        lines = _Lines(console, stages)
        with calling_every(LINE_EVERY_S, lines.print_if_quiet):
            yield lines
        console.print(lines.line(), markup=False)
        return
    progress = StageProgress(stages)
    with Live(get_renderable=progress.table, console=console, refresh_per_second=2):
        yield progress
