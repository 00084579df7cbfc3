"""Builds the tables of the report: the quantities of the paper's Tables 2 to 5, with its numbers beside them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from loop.report import paper
from loop.report.numbers import (
    NOT_MEASURED,
    TOO_FEW,
    count,
    duration,
    evidence_of,
    interval,
    percent,
    points,
    points_interval,
    ratio,
    reward_label,
    run_label,
    size,
    split_label,
)
from loop.results import AblationResults, LoopResults, RlResults, RlRun, SelectionResults, Share

FEW = f"There are {TOO_FEW}."
"""Where a table would say what its intervals are."""
PAPER_STEPS = (16, 32, 64)
"""N of the paper's best-of-N."""
_PAPER_NOTE = (
    "The paper's rows are means of nine columns of public benchmarks: other questions and other models, beside ours "
    "for the shape and not for the height."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a number, and its interval in small letters."""

    text: str
    note: str = ""
    kind: str = ""
    """Class of its colour: ``above``, ``below``, ``unclear`` or empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; rows of the paper are set apart."""

    cells: Sequence[Cell]
    is_paper: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=list)


def ours(results: LoopResults) -> str:
    """Return what our rows are called."""
    parameters = results.world.policy_parameters if results.world else 0
    return f"this run, {size(parameters)}" if parameters else "this run"


def share_cell(share: Share | None) -> Cell:
    """Return a share in percent with its interval."""
    return Cell(NOT_MEASURED) if share is None else Cell(percent(share.mean), interval(share))


def difference_cell(difference: Share | None) -> Cell:
    """Return a difference in points with its interval, coloured by what the interval allows to claim."""
    if difference is None:
        return Cell(NOT_MEASURED)
    return Cell(points(difference.mean), points_interval(difference), evidence_of(difference).value)


def selection_table(results: LoopResults, selection: SelectionResults) -> Table:
    """Return the quantities of the paper's Table 2."""
    by_n = next((row.by_n for row in selection.rows if row.rule == "reward model"), {})
    steps = [n for n in PAPER_STEPS if n in by_n] or sorted(by_n)[-3:]
    fixed = [share_cell(share) for share in (selection.greedy, selection.average, selection.oracle)]
    own = Row([Cell(ours(results)), *fixed, *(share_cell(by_n[n]) for n in steps)])
    rows = [own]
    for one in paper.SELECTIONS:
        numbers = [Cell(f"{value:.1f}") for value in (one.greedy, one.average, one.oracle)]
        picks = [Cell(f"{one.reward_model[n]:.1f}" if n in one.reward_model else "") for n in steps]
        rows.append(Row([Cell(one.sampler, "AceCoder"), *numbers, *picks], is_paper=True))
    head = ["policy", "greedy", "average", "oracle", *(f"best of {n}" for n in steps)]
    bounds = "with 95 % intervals over questions" if selection.average.low is not None else TOO_FEW
    note = (
        f"Percent of {count(selection.questions)} held-out questions solved, {bounds}, from "
        f"{count(selection.samples_per_question)} samples of each. {_PAPER_NOTE}"
    )
    return Table("Best of N by the reward model (Table 2)", head, rows, [note])


def rules_table(results: LoopResults, selection: SelectionResults) -> Table:
    """Return the quantities of the paper's Table 4: every rule at every N."""
    steps = sorted({n for row in selection.rows for n in row.by_n})
    rows = [
        Row([
            Cell(row.rule, row.description), *(share_cell(row.by_n.get(n)) for n in steps),
            difference_cell(selection.gains.get(row.rule)),
        ])
        for row in selection.rows
    ]  # fmt: skip
    others = paper.OTHER_REWARD_MODELS if paper.OTHER_REWARD_MODELS_N in steps else {}
    for name, value in others.items():
        cells = [Cell(f"{value:.1f}" if n == paper.OTHER_REWARD_MODELS_N else "") for n in steps]
        rows.append(Row([Cell(name, "AceCoder, Llama-3.1-8B"), *cells, Cell("")], is_paper=True))
    head = [f"selector ({ours(results)})", *(f"N = {n}" for n in steps), "reward model less this, points"]
    return Table("Other selectors (Table 4)", head, rows, [
        "The oracle sees the tests that grade: it is an upper bound and no method.",
    ])  # fmt: skip


def rl_table(results: LoopResults, rl: RlResults) -> Table:
    """Return the quantities of the paper's Table 3."""
    rows = [row for run in rl.runs for row in _rl_rows(results, run)]
    for one in paper.RL:
        for reward, after_paper in (("rule", one.rule), ("reward_model", one.reward_model)):
            rows.append(Row([
                Cell(reward_label(reward), f"AceCoder, {one.policy}"),
                Cell(f"{one.before:.1f}"), Cell(f"{after_paper:.1f}"),
                Cell(points((after_paper - one.before) / 100)),
            ], is_paper=True))  # fmt: skip
    head = ["reward", "before", "after", "lift, points"]
    is_bounded = any(lift.low is not None for run in rl.runs for lift in run.lift.values())
    bounds = (
        "Intervals are 95 % over questions; green or red: the interval leaves out 0." if is_bounded else FEW
    )
    note = (
        "pass@1 in percent by true tests, which neither the policy nor its reward saw, of samples at the temperature "
        "of the training. A policy that only becomes surer of its answers gains in them and not in greedy answers. "
        f"{bounds} Lifts are paired by question."
    )
    return Table("RL (Table 3)", head, rows, [note, _PAPER_NOTE])


def _rl_rows(results: LoopResults, run: RlRun) -> Iterator[Row]:
    """Yield a row for each split, and one for its greedy answers where they were measured."""
    for split, lift in run.lift.items():
        name = f"{reward_label(run.name)}, {split_label(split)}"
        yield _rl_row(name, ours(results), [point.pass_at_1.get(split) for point in run.points], lift)
        if split in run.greedy_lift:
            greedy = [point.greedy.get(split) for point in run.points]
            yield _rl_row(f"{name}, greedy answers", ours(results), greedy, run.greedy_lift[split])


def _rl_row(name: str, policy: str, shares: Sequence[Share | None], lift: Share) -> Row:
    before, after = (shares[0], shares[-1]) if shares else (None, None)
    return Row([Cell(name, policy), share_cell(before), share_cell(after), difference_cell(lift)])


def rl_cost_table(rl: RlResults) -> Table:
    """Return what the runs of RL took."""
    rows = []
    for run in rl.runs:
        training_s = run.wall_s - run.measure_s
        rows.append(Row([
            Cell(run_label(run.name)), Cell(run.algorithm), Cell(count(run.steps)), Cell(count(run.samples_per_step)),
            Cell(duration(training_s)), Cell(duration(run.reward_wait_s)),
            Cell(percent(ratio(run.reward_wait_s, training_s))), Cell(duration(run.measure_s)),
            Cell(count(len(run.alarms))),
        ]))  # fmt: skip
    head = ["reward", "algorithm", "steps", "samples a step", "training", "waited for rewards", "waited, %"]
    note = (
        "The training time is without the held-out measurements. Waited: the trainer had nothing else to do."
    )
    return Table("What RL took", [*head, "measurements", "alarms"], rows, [note])


def ablations_table(results: LoopResults, ablations: AblationResults) -> Table:
    """Return the quantities of the paper's Table 5: reward models from other pairs."""
    steps = sorted({n for row in ablations.rows for n in row.by_n})
    steps = [n for n in PAPER_STEPS if n in steps] or steps[-3:]
    rows = [
        Row([
            Cell(row.name, row.description), Cell(count(row.pairs)), Cell(percent(row.pair_accuracy)),
            *(share_cell(row.by_n.get(n)) for n in steps), difference_cell(row.gain),
        ])
        for row in ablations.rows
    ]  # fmt: skip
    head = [f"reward model ({ours(results)})", "pairs", "pairs ordered rightly, %"]
    head += [*(f"best of {n}" for n in steps), "less as configured, points"]
    gains = ", ".join(f"{gain:+.1f} points for {name}" for name, gain in paper.FILTER_GAINS.items())
    note = (
        f"{paper.LABEL}: filtering the tests changes best of 16 by {gains}; answers that pass no test are always left "
        "out of the pairs."
    )
    return Table("Filter and pairs (Table 5)", head, rows, [note])


def times_table(wall_s: Mapping[str, float]) -> Table:
    """Return the wall time of each step."""
    rows = [Row([Cell(step), Cell(duration(seconds))]) for step, seconds in wall_s.items()]
    total: Iterable[float] = wall_s.values()
    return Table("Wall time", ["step", "time"], [*rows, Row([Cell("all steps"), Cell(duration(sum(total)))])])
