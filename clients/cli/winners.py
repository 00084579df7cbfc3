"""Prints what ``acecoder best-of-n`` chose: a table of suites, and the suites without a right candidate."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clients.runs.outputs import SuiteWinner

_MAX_ROWS = 30  # a page of a terminal; the file has all


def print_winners(winners: Sequence[SuiteWinner], rules: Sequence[str]) -> None:
    """Print one row per suite, and how many suites have a winner and a right candidate."""
    screen = Console(highlight=False)
    table = Table(title=f"best of N by {'+'.join(rules)}")
    for name, justify in (
        ("suite", "left"),
        ("N", "right"),
        ("right", "right"),
        ("winner", "left"),
        ("pass rate", "right"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for chosen in winners[:_MAX_ROWS]:
        rate = "" if chosen.pass_rate is None else f"{chosen.pass_rate:.3f}"
        winner = "none" if chosen.winner is None else escape(chosen.winner)
        table.add_row(escape(chosen.suite), str(chosen.candidates), str(chosen.right), winner, rate)
    screen.print(table)
    if len(winners) > _MAX_ROWS:
        screen.print(f"{len(winners) - _MAX_ROWS} more suites are in the file only")
    count = sum(chosen.winner is not None for chosen in winners)
    screen.print(f"{count} suites have a winner, {len(winners) - count} have none", soft_wrap=True)
    if "pass_rate" in rules:
        screen.print(
            "pass_rate chooses by the tests themselves: if they also grade the winner, it is an oracle"
        )
    without = [chosen.suite for chosen in winners if not chosen.right]
    if without:
        names = ", ".join(without[:_MAX_ROWS]) + (", ..." if len(without) > _MAX_ROWS else "")
        screen.print(
            f"{len(without)} suites have no candidate that passes every test: {escape(names)}", soft_wrap=True
        )
