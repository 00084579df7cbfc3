"""Charts draw what there is: points at their values, labels that do not cover each other, no line without values."""

import math
import re
from itertools import pairwise

import pytest

from loop.report.chart import Axes, ChartLine, ChartPoint, line_chart, tick_values
from loop.report.charts import learning_figures, monitor_figures, selection_figure
from tests.unit.loop.report import invented


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 80, [0, 20, 40, 60, 80]),
        (0.13, 0.31, [0.15, 0.2, 0.25, 0.3]),
        (-0.1, 0.1, [-0.1, -0.05, 0, 0.05, 0.1]),
        (5, 5, [5]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert tick_values(low, high) == pytest.approx(expected)


def circles(svg):
    return [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)]


def test_a_logarithmic_axis_has_equal_steps_for_equal_factors():
    points = [ChartPoint(n, 0.5) for n in (1, 2, 4, 8)]
    xs = [
        x
        for x, _ in circles(
            line_chart("x", [ChartLine("a", points, 1)], Axes("N", [1, 2, 4, 8], is_log2=True))
        )
    ]
    steps = [second - first for first, second in pairwise(xs)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)


def test_higher_values_are_drawn_higher():
    points = [ChartPoint(at, value) for at, value in enumerate((0.1, 0.5, 0.9))]
    ys = [y for _, y in circles(line_chart("x", [ChartLine("a", points, 1)], Axes("N", [0, 1, 2])))]
    assert ys == sorted(ys, reverse=True)


def test_labels_of_lines_that_end_together_do_not_cover_each_other():
    lines = [ChartLine(f"line {at}", [ChartPoint(0, 0.5), ChartPoint(1, 0.5)], at) for at in range(6)]
    svg = line_chart("x", lines, Axes("N", [0, 1]))
    ys = sorted(float(y) for y in re.findall(r'y="([\d.]+)" class="name', svg))
    assert len(ys) == 6
    assert min(second - first for first, second in pairwise(ys)) >= 11


def test_every_rule_has_its_line_and_only_the_reward_model_an_area():
    picture = selection_figure(invented.selection()).picture
    for name in ("reward model", "imagined tests", "length", "random", "oracle", "average", "greedy"):
        assert f">{name}</text>" in picture
    assert picture.count('<path d="M') > 7
    assert len(re.findall(r'<path d="[^"]+" class="area', picture)) == 1
    assert len(re.findall(r'<rect [^>]+class="area', picture)) == 2
    assert "reward model, N = 64: 59.3 % [51.3–67.3]" in picture


def test_there_is_a_learning_curve_for_each_split_with_bars():
    figures = learning_figures(invented.rl())
    assert [figure.title for figure in figures] == [
        "pass@1 on held-out questions, %",
        "pass@1 on held-out families, %",
        "greedy answers on held-out questions, %",
    ]
    assert figures[0].picture.count('class="bar') == 10


def test_monitor_panels_leave_out_what_no_step_has():
    figures = monitor_figures({"rule": invented.monitor(0), "reward_model": invented.monitor(1)})
    titles = [figure.title for figure in figures]
    assert "pass rate less that by held-out tests, %" not in titles
    auc = next(figure for figure in figures if figure.title.startswith("reward model orders"))
    assert [entry.name for entry in auc.legend] == ["reward model"]
    canaries = next(figure for figure in figures if figure.title.startswith("canaries"))
    assert [entry.last for entry in canaries.legend] == ["0.0 %", "0.0 %"]
    assert titles[-2:] == ["outcomes of tests, rule, %", "outcomes of tests, reward model, %"]


def test_lines_of_a_monitor_that_hold_no_numbers_are_left_out():
    rows = [
        {"step": 1, "reward": "x"},
        {"step": 2, "reward": math.nan},
        {"reward": 1.0},
        {"step": 3, "reward": True},
    ]
    assert monitor_figures({"rule": rows}) == []
    (figure,) = monitor_figures({"rule": [*rows, {"step": 4, "reward": 0.25}]})
    assert figure.legend[0].last == "25.0 %"


def test_a_run_of_two_steps_has_ticks_at_whole_steps_alone():
    lines = [{"step": at, "reward": 0.5} for at in range(2)]
    (figure,) = monitor_figures({"rule": lines})
    assert not re.search(r">0\.(25|5|75)</text>", str(figure.picture))
