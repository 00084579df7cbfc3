"""One stack for all faults: each has to leave it as it was found."""

import pytest

from tests.chaos.judging import fair_and_whole
from tests.chaos.stage import SLOW_START_S, Stage
from tests.conftest import wait_until


@pytest.fixture(scope="package")
def _stage():
    with Stage() as running:
        yield running


@pytest.fixture
def stage(_stage):
    """A stack to break; afterwards, by itself, it is whole and judges fairly, and nothing is left behind."""
    wait_until(_stage.is_ready, timeout_s=SLOW_START_S)
    yield _stage
    wait_until(_stage.is_ready, timeout_s=SLOW_START_S)
    fair_and_whole(_stage)
    wait_until(lambda: not _stage.leftovers(), timeout_s=SLOW_START_S)
