"""Puts several runs of a loop beside each other, as a page and as Markdown: key numbers of each seed, and their mean.

The mean has no interval: three seeds are too few for one. Each seed's own interval, over questions, stands beside its
value.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from loop.report.flow import most_samples
from loop.report.numbers import (
    NOT_MEASURED,
    Evidence,
    count,
    duration,
    evidence_of,
    interval,
    percent,
    plural,
    points,
    points_interval,
    ratio,
    reward_label,
    size,
    split_label,
)
from loop.report.page import render, write_whole
from loop.report.sentences import REWARD_MODEL
from loop.report.tables import Cell, Row, Table
from loop.results import LoopResults, SelectionRow, Share

PAPER_N = 16
"""Smallest N of AceCoder's best-of-N tables, shown beside the largest N: a reward model's pick gets worse with more."""
HEADLINES = (
    "pass@1 on",
    "lift o",  # of sampled and of greedy answers
    "wrong among",
    "greedy",
    "average",
    "oracle",
    f"{REWARD_MODEL},",
    f"{REWARD_MODEL} less",
    "filtered tests,",
    "all steps",
)
"""How the names of the quantities begin that a README shows; of ablations it shows the difference."""


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One quantity in every run."""

    part: str
    """Heading it stands under."""
    name: str
    shares: Sequence[Share | float | None]
    """Value of each run; ``None`` where the run has none."""
    write: Callable[[float], str]
    is_difference: bool = False

    @property
    def values(self) -> list[float]:
        """The values of the runs that have one."""
        return [number for share in self.shares if (number := _number(share)) is not None]


def write_comparison(runs: Sequence[LoopResults], path: Path) -> None:
    """Write the page that compares runs.

    Raises:
        ValueError: there is no run.
    """
    _check(runs)
    parts: dict[str, list[KeyNumber]] = {}
    for number in key_numbers(runs):
        parts.setdefault(number.part, []).append(number)
    tables = [_table(part, numbers, runs) for part, numbers in parts.items()]
    sentences = [sentence for number in key_numbers(runs) if (sentence := _sentence(number))]
    write_whole(
        path,
        render(
            "comparison.html",
            title=f"{runs[0].name}: {plural(len(runs), 'run')}",
            runs=runs,
            tables=tables,
            sentences=sentences,
        ),
    )


def comparison_markdown(runs: Sequence[LoopResults], *, short: bool = False) -> str:
    """Return the key numbers as a Markdown table; with ``short`` those of ``HEADLINES`` alone, for a README.

    A short table has no intervals; a difference whose interval leaves out 0 is bold.

    Raises:
        ValueError: there is no run.
    """
    _check(runs)
    lines = [
        f"| | mean | {' | '.join(f'seed {run.seed}' for run in runs)} |",
        f"|---|---|{'---|' * len(runs)}",
    ]
    for number in key_numbers(runs):
        if short and not _is_headline(number.name):
            continue
        cells = [_mean(number), *(_text(cell, short=short) for cell in _cells(number))]
        lines.append(f"| {number.part}: {number.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def key_numbers(runs: Sequence[LoopResults]) -> list[KeyNumber]:
    """Return the quantities that at least one run has."""
    numbers = [*_world(runs), *_dataset(runs), *_selection(runs), *_rl(runs), *_ablations(runs), *_time(runs)]
    return [number for number in numbers if number.values]


def _is_headline(name: str) -> bool:
    if name.startswith("lift of greedy"):
        return "families" not in name
    return name.startswith(HEADLINES) or name.endswith("less as configured")


def _check(runs: Sequence[LoopResults]) -> None:
    if not runs:
        raise ValueError("there is no run to compare; give the results of one or more")


def _number(share: Share | float | None) -> float | None:
    return share.mean if isinstance(share, Share) else share


def _percent(value: float) -> str:
    return f"{percent(value)} %"


def _names(runs: Sequence[LoopResults], of: Callable[[LoopResults], Sequence[str]]) -> list[str]:
    """Return the names that the runs have, each once, in the order of their first run."""
    return list(dict.fromkeys(name for run in runs for name in of(run)))


def _world(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    sizes = [(run.world.policy_parameters or None) if run.world else None for run in runs]
    yield KeyNumber("Base policy", "size", sizes, lambda value: size(round(value)))
    for split in _names(runs, lambda run: list(run.world.pass_at_1) if run.world else []):
        shares = [run.world.pass_at_1.get(split) if run.world else None for run in runs]
        yield KeyNumber("Base policy", f"pass@1 on {split_label(split)}", shares, _percent)


def _dataset(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    sets = [run.dataset for run in runs]
    part = "Data set"
    yield KeyNumber(part, "questions", [data.questions if data else None for data in sets], count)
    kept = [ratio(data.tests_kept, data.tests_imagined) if data else None for data in sets]
    yield KeyNumber(part, "tests kept", kept, _percent)
    made = [ratio(data.wrong_tests_imagined, data.tests_imagined) if data else None for data in sets]
    yield KeyNumber(part, "wrong among imagined tests", made, _percent)
    wrong = [ratio(data.wrong_tests_kept, data.tests_kept) if data else None for data in sets]
    yield KeyNumber(part, "wrong among kept tests", wrong, _percent)
    yield KeyNumber(part, "mean pass rate", [data.pass_rate if data else None for data in sets], _percent)
    yield KeyNumber(part, "pairs", [data.pairs if data else None for data in sets], count)


def _selection(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    selections = [run.best_of_n for run in runs]
    part = "Best of N"
    for name in ("greedy", "average", "oracle"):
        yield KeyNumber(part, name, [getattr(one, name) if one else None for one in selections], _percent)
    for rule in _names(runs, lambda run: [row.rule for row in run.best_of_n.rows] if run.best_of_n else []):
        if rule == "oracle":
            continue
        rows = [
            next((row for row in one.rows if row.rule == rule), None) if one else None for one in selections
        ]
        steps = {n for row in rows if row and (n := most_samples(row.by_n))}
        if rule == REWARD_MODEL:
            steps |= {PAPER_N for row in rows if row and PAPER_N in row.by_n}
        for n in sorted(steps):
            yield KeyNumber(part, f"{rule}, best of {n}", [_at(row, n) for row in rows], _percent)
    for n in sorted({n for one in selections if one for n in one.gains_by_n if n == PAPER_N}):
        for other in ("greedy", "average"):
            gains = [one.gains_by_n.get(n, {}).get(other) if one else None for one in selections]
            name = f"{REWARD_MODEL} less {other}, best of {n}"
            yield KeyNumber(part, name, gains, points, is_difference=True)
    most = max((one.samples_per_question for one in selections if one), default=0)
    for other in ("greedy", "average"):
        gains = [one.gains.get(other) if one else None for one in selections]
        name = f"{REWARD_MODEL} less {other}, best of {most}"
        yield KeyNumber(part, name, gains, points, is_difference=True)
    accuracies = [one.pair_accuracy if one else None for one in selections]
    yield KeyNumber(part, "pairs that the reward model orders rightly", accuracies, _percent)


def _at(row: SelectionRow | None, n: int) -> Share | None:
    """Return the share at ``n``, if that is the largest N or the paper's."""
    return row.by_n.get(n) if row and n in {most_samples(row.by_n), PAPER_N} else None


def _rl(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    by_name = [{one.name: one for one in run.rl.runs} if run.rl else {} for run in runs]
    for name in dict.fromkeys(name for named in by_name for name in named):
        trained = [named.get(name) for named in by_name]
        for split in dict.fromkeys(split for one in trained if one for split in one.lift):
            label, place = f"RL, {reward_label(name)}", split_label(split)
            after = [one.points[-1].pass_at_1.get(split) if one and one.points else None for one in trained]
            yield KeyNumber(label, f"pass@1 on {place} at the end", after, _percent)
            lifts = [one.lift.get(split) if one else None for one in trained]
            yield KeyNumber(label, f"lift on {place}", lifts, points, is_difference=True)
            greedy = [one.greedy_lift.get(split) if one else None for one in trained]
            yield KeyNumber(label, f"lift of greedy answers on {place}", greedy, points, is_difference=True)


def _ablations(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    for name in _names(runs, lambda run: [row.name for row in run.ablations.rows] if run.ablations else []):
        rows = [
            next((row for row in run.ablations.rows if row.name == name), None) if run.ablations else None
            for run in runs
        ]
        for n in sorted({n for row in rows if row and (n := most_samples(row.by_n))}):
            shares = [row.by_n.get(n) if row else None for row in rows]
            yield KeyNumber("Reward models from other pairs", f"{name}, best of {n}", shares, _percent)
        gains = [row.gain if row else None for row in rows]
        yield KeyNumber(
            "Reward models from other pairs", f"{name}, less as configured", gains, points, is_difference=True
        )


def _time(runs: Sequence[LoopResults]) -> Iterator[KeyNumber]:
    yield KeyNumber("Time", "all steps", [sum(run.wall_s.values()) or None for run in runs], duration)


def _cells(number: KeyNumber) -> list[Cell]:
    cells = []
    for share in number.shares:
        value = _number(share)
        if value is None:
            cells.append(Cell(NOT_MEASURED))
        elif not isinstance(share, Share):
            cells.append(Cell(number.write(value)))
        elif number.is_difference:
            cells.append(Cell(number.write(value), points_interval(share), evidence_of(share).value))
        else:
            cells.append(Cell(number.write(value), interval(share)))
    return cells


def _mean(number: KeyNumber) -> str:
    return number.write(fmean(number.values))


def _text(cell: Cell, *, short: bool) -> str:
    """Return a cell for Markdown; a short one has no interval, and is bold if the interval leaves out 0."""
    if not short:
        return f"{cell.text} [{cell.note}]" if cell.note else cell.text
    return f"**{cell.text}**" if cell.kind in (Evidence.ABOVE, Evidence.BELOW) else cell.text


def _table(part: str, numbers: Sequence[KeyNumber], runs: Sequence[LoopResults]) -> Table:
    rows = [Row([Cell(number.name), Cell(_mean(number)), *_cells(number)]) for number in numbers]
    return Table(part, ["", "mean", *(f"seed {run.seed}" for run in runs)], rows)


def _sentence(number: KeyNumber) -> str:
    """Return in how many runs the interval of a difference leaves out 0; empty for other quantities."""
    shares = [share for share in number.shares if isinstance(share, Share)]
    if not number.is_difference or not shares:
        return ""
    above = sum(evidence_of(share) is Evidence.ABOVE for share in shares)
    below = sum(evidence_of(share) is Evidence.BELOW for share in shares)
    verdicts = [f"above 0 in {above}"] if above else []
    verdicts += [f"below 0 in {below}"] if below else []
    unclear = len(shares) - above - below
    verdicts += [f"across 0 in {unclear}"] if unclear else []
    text = f"{number.part}, {number.name}: {_mean(number)} points on average of {plural(len(shares), 'run')}"
    return f"{text}; the interval is {', '.join(verdicts)}."
