"""One stage for all faults: each test has to leave it as it was before. Prints how long each fault was felt."""

import os

import pytest

from tests.chaos.judging import SLOW, expected_rate, programs
from tests.conftest import wait_until
from tests.hosts.load import BATCH, SUITE
from tests.hosts.network import why_no_hosts
from tests.hosts.stage import START_S, HostsStage

TEST_S = 600
"""Bound of a test: longer than all its waits together, which say what they waited for."""
REPORT = pytest.StashKey[list]()


def pytest_collection_modifyitems(items):
    reason = "several hosts: minutes, run it with 'make hosts-test'" if not _is_wanted() else why_no_hosts()
    for item in items:
        if "tests/hosts" in str(item.path):
            item.add_marker(pytest.mark.timeout(TEST_S))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def _is_wanted():
    return bool(os.environ.get("ACECODER_HOSTS_TEST"))


def pytest_configure(config):
    config.stash[REPORT] = []


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(REPORT, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="package")
def _stage():
    with HostsStage() as running:
        yield running


@pytest.fixture
def stage(_stage):
    """A stage to break. After the test it must recover by itself, judge correctly, and leave nothing behind."""
    _stage.await_ready()
    yield _stage
    _stage.await_ready()
    _stage.forget_begun()
    wait_until(lambda: every_worker_judges(_stage), timeout_s=START_S)
    wait_until(lambda: not _stage.leftovers(), timeout_s=START_S)


def every_worker_judges(stage):
    """Judge a batch; return whether each worker has begun a chunk by now: one that only has a heartbeat has not."""
    with stage.client() as client:
        rates = [result.pass_rate for result in client.execute(programs(BATCH, SLOW), SUITE).results]
    assert rates == [expected_rate(index) for index in range(BATCH)]
    return not stage.idle_workers()


@pytest.fixture
def report(request):
    """Add a line on this test to the end of the run."""
    return lambda line: request.config.stash[REPORT].append(f"{request.node.name}: {line}")
