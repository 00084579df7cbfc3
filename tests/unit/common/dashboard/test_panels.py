"""What a panel shows, from two readings of the metrics."""

import pytest

from services.common.dashboard.panels import Panel, PanelKind, panel_values


def reading(**samples):
    """Samples named ``metric__label__value``, or ``metric``."""
    made = {}
    for name, value in samples.items():
        metric, *pair = name.split("__")
        made[metric, (tuple(pair),) if pair else ()] = value
    return made


RATE = Panel("Answered", "jobs_total", PanelKind.RATE, "status")


def test_a_rate_is_per_second_and_one_line_for_each_label():
    before = reading(jobs_total__status__ok=10.0, other_total__status__ok=1.0)
    now = reading(jobs_total__status__ok=30.0, jobs_total__status__bad=1.0, other_total__status__ok=99.0)
    assert panel_values(RATE, before, now, 2.0) == {"ok": 10.0, "bad": 0.5}


def test_a_counter_that_began_again_counts_from_zero():
    assert panel_values(
        RATE, reading(jobs_total__status__ok=50.0), reading(jobs_total__status__ok=4.0), 2.0
    ) == {"ok": 2.0}


def test_a_level_is_the_gauge_and_without_a_label_the_sum():
    now = reading(depth__environment__a=3.0, depth__environment__b=4.0)
    assert panel_values(Panel("", "depth", PanelKind.LEVEL, "environment"), {}, now, 1) == {
        "a": 3.0,
        "b": 4.0,
    }
    assert panel_values(Panel("", "depth", PanelKind.LEVEL), {}, now, 1) == {"": 7.0}
    only = Panel("", "depth", PanelKind.LEVEL, only=("environment", "a"))
    assert panel_values(only, {}, now, 1) == {"": 3.0}


def test_quantiles_are_of_what_was_counted_between_the_readings():
    panel = Panel("", "wait_seconds", PanelKind.QUANTILES)

    def buckets(*counts):
        names = ("0.1", "1.0", "+Inf")
        return {
            ("wait_seconds_bucket", (("le", name),)): count for name, count in zip(names, counts, strict=True)
        }

    values = panel_values(panel, buckets(100, 100, 100), buckets(150, 200, 200), 1)
    assert values == {"p50": pytest.approx(0.1), "p99": pytest.approx(0.982)}
    assert panel_values(panel, buckets(1, 1, 1), buckets(1, 1, 1), 1) == {}
    assert panel_values(panel, buckets(0, 0, 0), buckets(0, 0, 5), 1) == {"p50": 1.0, "p99": 1.0}
