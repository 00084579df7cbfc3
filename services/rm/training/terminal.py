"""Shows the progress and the report of a training on the terminal."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from clients.datasets import BadRow
from clients.progress import console

_SHOWN_ROWS = 20  # skipped rows that are shown: a page of a terminal
_SHOWN_PER_REASON = 3  # a wrong column is wrong in every row


class TerminalObserver:
    """Shows the events of a training: as a progress bar on a terminal, as lines elsewhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("reading", total=None)
        self._rows_by_reason = Counter[str]()
        self._shown_rows, self._hidden_rows_reported = 0, False

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def message(self, text: str) -> None:
        """Show a text."""
        console.print(text, markup=False, soft_wrap=True)

    def bad_row(self, row: BadRow) -> None:
        """Show a row that is not used, unless enough rows, or enough with the same reason, were shown."""
        self._rows_by_reason[row.reason] += 1
        if self._rows_by_reason[row.reason] <= _SHOWN_PER_REASON and self._shown_rows < _SHOWN_ROWS:
            self._shown_rows += 1
            console.print(f"skipped {row}", markup=False, soft_wrap=True)
        elif not self._hidden_rows_reported:
            self._hidden_rows_reported = True
            console.print(
                f"further skipped rows are only counted; at most {_SHOWN_PER_REASON} of each reason are shown"
            )

    def step(self, done: int, total: int, metrics: Mapping[str, float]) -> None:
        """Show a step: every step on a bar, or some twenty of all steps as lines."""
        text = f"loss {metrics['loss']:.4f}  accuracy {metrics['accuracy']:.3f}"
        if "held_out_accuracy" in metrics:
            text += f"  held out {metrics['held_out_accuracy']:.3f}"
        self._progress.update(self._task, completed=done, total=total, description=text)
        if not console.is_terminal and (done % max(1, total // 20) == 0 or done == total):
            console.print(f"step {done}/{total}  {text}", markup=False)


def print_report(report: Mapping[str, Any]) -> None:
    """Print the report as tables."""
    if report["pair_accuracy"]:
        table = Table("held-out pairs", "gap", "in the right order", "95 % interval")
        rows = [(report["pair_accuracy"], "all"), *((row, _gap(row)) for row in report["by_gap"])]
        for row, gap in rows:
            table.add_row(str(row["pairs"]), gap, f"{row['share']:.3f}", _interval(row, ".3f", "–"))
        console.print(table)
        values = {**report["within_questions"], **report["length"]}
        labels = {
            "spearman": "Spearman", "kendall": "Kendall", "correlation": "with length",
            "longer_is_right": "by length alone",
        }  # fmt: skip
        console.print("  ".join(f"{label} {_number(values[name])}" for name, label in labels.items()))
    if report["best_of_n"]:
        _print_best_of_n(report["best_of_n"])


def _print_best_of_n(report: Mapping[str, Any]) -> None:
    labels = list(report["curves"])
    table = Table("N", *labels)
    for at, point in enumerate(report["curves"][labels[0]]):
        table.add_row(str(point["n"]), *(f"{report['curves'][label][at]['mean']:.3f}" for label in labels))
    count = report["questions"]
    console.print(
        f"share of {count} held-out question{'s' * (count != 1)} solved; answers: {report['answers']}"
    )
    console.print(table)
    for name, baseline in (("first", "first sample"), ("average", "average"), ("oracle", "oracle")):
        if gain := report["uplift"].get(f"over_{name}"):
            interval = f"[{_interval(gain, '+.3f', ', ')}]"
            console.print(
                f"N = {report['uplift']['n']}, above the {baseline}: {gain['mean']:+.3f} {interval}",
                markup=False,
            )


def _interval(row: Mapping[str, Any], form: str, between: str) -> str:
    """Return the interval of a row as text; a row of few questions has none."""
    if row["low"] is None:
        count = row["questions"]
        return f"too few questions ({count})"
    return f"{row['low']:{form}}{between}{row['high']:{form}}"


def _gap(row: Mapping[str, Any]) -> str:
    return "unknown" if row["from"] is None else f"{row['from']:g}–{row['to']:g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
