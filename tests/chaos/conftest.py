"""One stack for all faults: each test has to leave it as it was before."""

import pytest

from tests.chaos.judging import assert_all_judged
from tests.chaos.stage import SLOW_START_S, Stage
from tests.conftest import wait_until


@pytest.fixture(scope="package")
def _stage():
    with Stage() as running:
        yield running


@pytest.fixture
def stage(_stage):
    """A stack to break. After the test it must recover by itself, judge correctly, and leave nothing behind."""
    wait_until(_stage.is_ready, timeout_s=SLOW_START_S)
    yield _stage
    wait_until(_stage.is_ready, timeout_s=SLOW_START_S)
    assert_all_judged(_stage)
    wait_until(lambda: not _stage.leftovers(), timeout_s=SLOW_START_S)
