"""What a process adds to the history, and what a page shows of the buckets of several processes."""

import pytest

from services.common.dashboard.panels import PER, Panel, PanelKind, sums_of
from services.common.dashboard.store import FLUSH_S, RESOLUTIONS, sample_of, sums_to_add

HOUR, DAY = RESOLUTIONS
RATE = Panel("Jobs, answered", "jobs_total", PanelKind.RATE, "status")
LEVEL = Panel("Waiting", "depth", PanelKind.LEVEL)
OWN = Panel("In progress", "running", PanelKind.LEVEL, per_process=True)
WAIT = Panel("Wait", "wait_seconds", PanelKind.QUANTILES)
SHARE = Panel("Cached", "cached_total", PanelKind.RATIO, per="jobs_total")
PANELS = (RATE, LEVEL, OWN, WAIT, SHARE)


def reading(done, *, cached=0.0, depth=0.0, running=0.0, waits=(0.0, 0.0, 0.0)):
    buckets = zip(("0.1", "1.0", "+Inf"), waits, strict=True)
    return {
        ("jobs_total", (("status", "ok"),)): done,
        ("cached_total", ()): cached,
        ("depth", ()): depth,
        ("running", ()): running,
        **{("wait_seconds_bucket", (("le", bound),)): number for bound, number in buckets},
    }


def merged(*readings, resolution=HOUR):
    """Return the fields of a bucket to which processes add that began at 0 and ended with these readings."""
    fields = {}
    for now in readings:
        sums = sums_to_add(PANELS, [sums_of(panel, reading(0.0), now) for panel in PANELS], resolution)
        for field, number in sums.added.items():
            fields[field] = fields.get(field, 0.0) + number
        for field, number in sums.highest.items():
            fields[field] = max(fields.get(field, number), number)
    return fields


def test_processes_add_up_and_a_level_that_all_of_them_read_does_not():
    fields = merged(
        reading(40.0, cached=10.0, depth=7.0, running=2.0, waits=(0.0, 10.0, 10.0)),
        reading(60.0, cached=10.0, depth=5.0, running=1.0, waits=(0.0, 10.0, 10.0)),
    )
    sample = sample_of(PANELS, 1000, fields, HOUR.bucket_s)
    assert sample["t"] == 1010
    rate, level, own, wait, share = sample["values"]
    assert (rate, level, own, share) == ({"ok": 10.0}, {"": 7.0}, {"": 3.0}, {"": 0.2})
    assert wait["p50"] == pytest.approx(0.55), (
        "interpolated between 0.1 and 1, also where the first bucket is empty"
    )


def test_a_level_of_a_process_is_a_mean_over_the_longer_buckets():
    flushes = DAY.bucket_s // FLUSH_S
    fields = merged(*[reading(0.0, running=2.0)] * flushes, resolution=DAY)
    assert sample_of(PANELS, 0, fields, DAY.bucket_s)["values"][2] == {"": pytest.approx(2.0)}


def test_an_idle_process_writes_little_and_its_ratios_have_no_number():
    fields = merged(reading(0.0))
    assert set(fields) == {"processes", "waiting|", "in-progress|"}
    assert sample_of(PANELS, 0, fields, HOUR.bucket_s)["values"] == [{}, {"": 0.0}, {"": 0.0}, {}, {}]


def test_a_ratio_of_something_with_nothing_in_it_is_zero():
    assert sample_of(PANELS, 0, merged(reading(5.0)), 10)["values"][4] == {"": 0.0}


def test_a_difference_is_of_two_means():
    gap = Panel(
        "Gap",
        "rates_total",
        PanelKind.RATIO,
        "tests",
        per="programs_total",
        difference=("reward", "held_out"),
    )
    now = {
        ("rates_total", (("tests", "reward"),)): 9.0,
        ("rates_total", (("tests", "held_out"),)): 4.0,
        ("programs_total", ()): 10.0,
    }
    sums = sums_of(gap, {}, now)
    assert sums == {"reward": 9.0, "held_out": 4.0, PER: 10.0}
    fields = {f"gap|{line}": number for line, number in sums.items()}
    assert sample_of([gap], 0, fields, 10)["values"] == [{"": 0.5}]
