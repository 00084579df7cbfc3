"""Shows a loop: on a terminal a live table of steps with counts, times and the last lines; elsewhere lines."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clients.progress import LINE_EVERY_S

LAST_LINES = 6
"""Lines of the current step that are shown: enough to see what it does, few enough for a small terminal."""
_MARKS = {"waits": " ", "runs": "▸", "done": "✓", "skipped": "✓", "failed": "✗"}


@dataclass(slots=True)
class StepState:
    """What is shown of one step."""

    title: str
    state: str = "waits"
    count: str = ""
    started: float = 0.0
    wall_s: float | None = None

    def time_text(self, now: float) -> str:
        """Return the time of the step so far, or in all."""
        if self.wall_s is not None:
            return _duration(self.wall_s)
        return _duration(now - self.started) if self.state == "runs" else ""


class LoopView:
    """Keeps the state of each step; prints nothing. The base of what is shown, and enough for a test."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.steps = {name: StepState(title) for name, title in titles.items()}
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.current = ""

    def started(self, name: str) -> None:
        """Show that a step runs."""
        self.current = name
        self.lines.clear()
        step = self.steps[name]
        step.state, step.started = "runs", time.monotonic()

    def skipped(self, name: str, wall_s: float) -> None:
        """Show that a step was done before."""
        step = self.steps[name]
        step.state, step.wall_s, step.count = "skipped", wall_s, "done before"

    def finished(self, name: str, wall_s: float) -> None:
        """Show that a step has ended well."""
        step = self.steps[name]
        step.state, step.wall_s = "done", wall_s

    def failed(self) -> None:
        """Show that the current step has failed."""
        if self.current and self.steps[self.current].state == "runs":
            self.steps[self.current].state = "failed"

    def count(self, done: int, total: int, noun: str) -> None:
        """Show a count of the current step."""
        self.steps[self.current].count = f"{done} of {total} {noun}".rstrip()

    def line(self, text: str) -> None:
        """Show a line of the current step; what would move a terminal's cursor is left out."""
        self.lines.append("".join(letter for letter in text if letter.isprintable()))

    def renderable(self) -> RenderableType:
        """Return the table of steps and the last lines."""
        now = time.monotonic()
        table = Table("", "step", "", "count", "time", box=None, pad_edge=False)
        for name, step in self.steps.items():
            style = "bold" if step.state == "runs" else "red" if step.state == "failed" else ""
            table.add_row(_MARKS[step.state], name, step.title, step.count, step.time_text(now), style=style)
        return Group(
            table,
            Text(),
            *(Text(line, style="dim", overflow="ellipsis", no_wrap=True) for line in self.lines),
        )


class _PrintingView(LoopView):
    """Prints a line at the start and end of a step, and a count now and then."""

    def __init__(self, titles: Mapping[str, str], console: Console) -> None:
        super().__init__(titles)
        self._console = console
        self._printed = 0.0

    def started(self, name: str) -> None:
        super().started(name)
        self._print(f"{name}: {self.steps[name].title}")

    def skipped(self, name: str, wall_s: float) -> None:
        super().skipped(name, wall_s)
        self._print(f"{name}: done before")

    def finished(self, name: str, wall_s: float) -> None:
        super().finished(name, wall_s)
        self._print(f"{name}: done in {_duration(wall_s)}")

    def count(self, done: int, total: int, noun: str) -> None:
        super().count(done, total, noun)
        if time.monotonic() - self._printed >= LINE_EVERY_S:
            self._print(f"{self.current}: {self.steps[self.current].count}")

    def line(self, text: str) -> None:
        super().line(text)
        if time.monotonic() - self._printed >= LINE_EVERY_S:
            self._print(f"{self.current}: {text}")

    def _print(self, text: str) -> None:
        self._printed = time.monotonic()
        self._console.print(text, markup=False)


@contextmanager
def loop_view(console: Console, titles: Mapping[str, str]) -> Iterator[LoopView]:
    """Show a loop for as long as the block lasts."""
    if not console.is_terminal:
        yield _PrintingView(titles, console)
        return
    view = LoopView(titles)
    with Live(get_renderable=view.renderable, console=console, refresh_per_second=4):
        try:
            yield view
        except BaseException:
            view.failed()
            raise


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
