"""Chooses what the charts show: best-of-N over N, held-out pass@1 over steps, and the monitor's measures. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from loop.report.chart import Axes, ChartLine, ChartPoint, Level, line_chart, tick_values
from loop.report.numbers import interval, percent, run_label, split_label
from loop.results import RlResults, SelectionResults, Share, TrainingPoint

MonitorSteps = Mapping[str, Sequence[Mapping[str, object]]]
MEASURES = (
    ("reward", "mean reward", True),
    ("reward_of_mixed_groups", "mean reward of mixed groups", True),
    ("equal_groups", "groups with equal rewards, %", True),
    ("unscorable", "samples without a verdict, %", True),
    ("canary_pass_rate", "canaries passed, %", True),
    ("resting_passes", "passes that rest on the program, %", True),
    ("unique_programs", "different programs of a group, %", True),
    ("held_out_gap", "pass rate less that by held-out tests, %", True),
    ("rm_auc", "reward model orders as execution does, %", True),
    ("length", "length, characters", False),
)
"""Measure of the monitor, its title, and whether it is a share; measures without values are left out."""
_GREY_RULES = frozenset({"oracle", "random"})
"""Bounds of what a rule can do; the colours are for rules."""
_PANEL_WIDTH, _PANEL_HEIGHT = 280, 140
_OUTCOME_COLORS = {
    "passed": 3, "wrong_answer": 2, "runtime_error": 1, "time_limit": 4, "memory_limit": 5, "syntax_error": 6,
    "output_limit": 7, "not_run": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of a legend: colour, name and last value."""

    color: int
    name: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title and, where lines have no names, its legend."""

    title: str
    picture: Markup
    legend: Sequence[LegendEntry] = ()


def selection_figure(selection: SelectionResults) -> Figure:
    """Return the share of solved questions over N, one line a rule."""
    # The colours of the others do not depend on where these two stand.
    ordered = sorted(selection.rows, key=lambda row: (row.rule in _GREY_RULES, row.rule != "reward model"))
    lines = [
        ChartLine(
            row.rule,
            [_point(n, share, f"{row.rule}, N = {n}") for n, share in sorted(row.by_n.items())],
            color=0 if row.rule in _GREY_RULES else 1 + position % 6,
            is_dashed=row.rule == "oracle",
            has_band=row.rule == "reward model",
        )
        for position, row in enumerate(ordered)
    ]
    levels = [_level("average", selection.average, 7), _level("greedy", selection.greedy, 0)]
    if not any(row.rule == "oracle" for row in selection.rows):
        levels.append(_level("oracle", selection.oracle, 0))
    steps = sorted({n for row in selection.rows for n in row.by_n}) or [1]
    axes = Axes("N samples (logarithmic)", steps, is_log2=True, height=300, y_most=1.0)
    title = f"Questions solved by one of N, % ({selection.questions} held-out questions)"
    return Figure(title, line_chart(title, lines, axes, levels))


def learning_figures(rl: RlResults) -> list[Figure]:
    """Return held-out pass@1 over steps, of samples and of greedy answers: a chart a split, a line a run."""
    figures = []
    for title, shares_of in (("pass@1", _sampled), ("greedy answers", _greedy)):
        splits = dict.fromkeys(split for run in rl.runs for point in run.points for split in shares_of(point))
        figures += [
            _learning_figure(rl, f"{title} on {split_label(split)}, %", split, shares_of) for split in splits
        ]
    return figures


def _sampled(point: TrainingPoint) -> Mapping[str, Share]:
    return point.pass_at_1


def _greedy(point: TrainingPoint) -> Mapping[str, Share]:
    return point.greedy


def _learning_figure(
    rl: RlResults, title: str, split: str, shares_of: Callable[[TrainingPoint], Mapping[str, Share]]
) -> Figure:
    lines = []
    for position, run in enumerate(rl.runs):
        label = run_label(run.name)
        points = [
            _point(point.step, shares_of(point)[split], f"{label}, step {point.step}")
            for point in run.points
            if split in shares_of(point)
        ]
        lines.append(ChartLine(label, points, color=1 + position % 6, has_bars=True))
    steps = sorted({point.step for run in rl.runs for point in run.points})
    return Figure(title, line_chart(title, lines, Axes("steps", _some(steps), y_most=1.0)))


def monitor_figures(steps: MonitorSteps) -> list[Figure]:
    """Return a panel for each measure of the monitor, with a line a run, and one for each run's mix of outcomes."""
    figures = []
    for measure, title, is_share in MEASURES:
        series = {run: _series(lines, measure) for run, lines in steps.items()}
        if any(series.values()):
            figures.append(_panel(title, series, is_percent=is_share))
    for run, lines in steps.items():
        if mix := _outcomes(lines):
            figures.append(_panel(f"outcomes of tests, {run_label(run)}, %", mix, colors=_OUTCOME_COLORS))
    return figures


def _panel(
    title: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    is_percent: bool = True,
    colors: Mapping[str, int] | None = None,
) -> Figure:
    lines, legend = [], []
    for position, (name, values) in enumerate(series.items()):
        if not values:
            continue
        color = (colors or {}).get(name, 1 + position % 6)
        label = name.replace("_", " ") if colors else run_label(name)
        lines.append(ChartLine(label, [ChartPoint(x, y) for x, y in values], color))
        last = values[-1][1]
        legend.append(LegendEntry(color, label, f"{percent(last)} %" if is_percent else f"{last:,.0f}"))
    xs = [x for values in series.values() for x, _ in values]
    axes = Axes(
        "step",
        [
            at for at in tick_values(min(xs), max(xs), 4) if at.is_integer()
        ],  # a run of two steps has no half ones
        is_percent=is_percent,
        width=_PANEL_WIDTH,
        height=_PANEL_HEIGHT,
    )
    return Figure(title, line_chart(title, lines, axes, is_named=False), legend)


def _series(lines: Sequence[Mapping[str, object]], measure: str) -> list[tuple[float, float]]:
    """Return step and value of the lines that have both as numbers."""
    pairs = [(_number(line.get("step")), _number(line.get(measure))) for line in lines]
    return [(step, value) for step, value in pairs if step is not None and value is not None]


def _outcomes(lines: Sequence[Mapping[str, object]]) -> dict[str, list[tuple[float, float]]]:
    """Return outcome → step and share; outcomes that a step does not name have the share 0 in it."""
    rows = []
    for line in lines:
        step, outcomes = _number(line.get("step")), line.get("outcomes")
        if step is not None and isinstance(outcomes, Mapping):
            rows.append((step, outcomes))
    names = dict.fromkeys(str(name) for _, outcomes in rows for name in outcomes)
    return {name: [(step, _number(outcomes.get(name)) or 0.0) for step, outcomes in rows] for name in names}


def _number(value: object) -> float | None:
    """Return a finite number; ``None`` for anything else that a line may hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _some(steps: Sequence[float]) -> list[float]:
    """Return at most six of the steps for the axis."""
    stride = -(-len(steps) // 6) or 1
    return [float(step) for step in steps[::stride]]


def _point(x: float, share: Share, name: str) -> ChartPoint:
    bounds = interval(share)
    title = f"{name}: {percent(share.mean)} %" + (f" [{bounds}]" if bounds else "")
    return ChartPoint(x, share.mean, share.low, share.high, title)


def _level(name: str, share: Share, color: int) -> Level:
    return Level(name, share.mean, share.low, share.high, color)
