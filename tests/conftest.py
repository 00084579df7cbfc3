"""What tests share: a running stack, a Redis of their own, requests in a few words."""

import logging
import os
import time

import httpx2
import pytest
import structlog
from hypothesis import HealthCheck, settings

from services.executor.local.redis import own_redis
from services.executor.local.stack import LocalStack

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether property tests draw ten times as many examples: a nightly run, `make test-thorough`."""
settings.register_profile(
    "patient",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""No example fails for its wall time: that is a matter of the machine's other work."""
settings.register_profile("thorough", parent=settings.get_profile("patient"), max_examples=1000)
settings.load_profile("thorough" if THOROUGH else "patient")
XDIST_INDEX = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Position of this test process among those that pytest-xdist runs side by side."""
FIRST_SLOT = 700 + 31 * XDIST_INDEX
"""First of this test process's slots for jails it opens itself: two jails of one slot share host uids, and the
workers that tests start count from 0. An odd step: the slot also picks the core."""
BASE_ONLY = {"EXECUTOR_ENVIRONMENTS": '{"base": {}}'}
"""Settings of a stack that starts in half the time."""


def examples(number: int) -> int:
    """Return how many examples a slow property test draws: ``number``, or ten times as many in a thorough run."""
    return number * 10 if THOROUGH else number


def wait_until(happened, *, timeout_s=30.0):
    """Poll until ``happened()`` is truthy and return it; the bound is for a broken build, not a measure."""
    gives_up_at = time.monotonic() + timeout_s
    while not (value := happened()):
        assert time.monotonic() < gives_up_at, f"did not happen within {timeout_s} s: {happened}"
        time.sleep(0.02)
    return value


def batch(*programs, asserts=("assert f(1) == 2", "assert f(5) == 6"), **options):
    """A request that judges programs by one suite ``s``."""
    return {
        "suites": [{"id": "s", "asserts": list(asserts)}],
        "candidates": [{"suite": "s", "program": program} for program in programs],
        **options,
    }


@pytest.fixture(autouse=True)
def logging_as_before():
    """Undo what an entry point that a test calls sets for its process (``services.common.logs``, ``clients.cli``).

    The stream that it logs to is closed when the test ends: each later line would be an error of logging. And a command
    line that shows only errors would hide a later test's warnings.
    """
    root, clients = logging.getLogger(), logging.getLogger("acecoder")
    handlers, level, was_configured = set(root.handlers), root.level, structlog.is_configured()
    clients_level = clients.level
    yield
    clients.setLevel(clients_level)
    for handler in set(root.handlers) - handlers:
        root.removeHandler(handler)
    root.setLevel(level)
    if structlog.is_configured() and not was_configured:
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack():
    """Redis, API and two workers, for the whole run."""
    with LocalStack(workers=2) as running:
        yield running


@pytest.fixture(scope="session")
def http(stack):
    """A plain HTTP client of the running stack."""
    with httpx2.Client(base_url=stack.url, timeout=60) as client:
        yield client


@pytest.fixture
def redis_server():
    """A Redis that only this test uses."""
    with own_redis() as server:
        yield server
