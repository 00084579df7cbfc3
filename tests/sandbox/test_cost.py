"""A program costs about what it cost when the counts were recorded (``benchmarks/cost.py``)."""

import os

import pytest

from benchmarks import cost, report
from tests.conftest import FIRST_SLOT

_BUSY = 8
"""Processes that want a core. With as many, the counts were still within a fourth of the recorded ones."""


@pytest.fixture(scope="module")
def measured():
    load, cores = os.getloadavg()[0], report.cores()
    if load > _BUSY * cores:
        pytest.skip(
            f"a load of {load:.0f} on {cores} cores: programs move to new sessions, whose cost is counted too"
        )
    return cost.measure(slot=FIRST_SLOT + 12)


@pytest.mark.parametrize("name", ["instructions", "page_faults"])
def test_a_program_costs_no_more_than_recorded(measured, name):
    counts, reasons = measured
    if name not in counts:
        pytest.skip(reasons[name])
    before = cost.recorded().get(name)
    if before is None:
        pytest.skip(f"no {name} are recorded for this Python: run python -m benchmarks.cost --record")
    assert counts[name] <= cost.MARGIN * before
    assert counts[name] >= before / 2, "record the lower cost: python -m benchmarks.cost --record"
