"""Frameworks' own client code against our running service, and a weak service whose failures it has to handle.

``make compat`` has the frameworks. Elsewhere tests skip, but for those of the sandbox-fusion SDK.
"""

import signal
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest

from clients.adapters import verdicts
from services.executor.local.stack import LocalStack
from tests.conftest import BASE_ONLY, wait_until

HERE = Path(__file__).parent
RUNNING = "executor_executions_running "


def pytest_collection_modifyitems(items):
    """What frameworks warn of is their affair; importing them takes long on a busy machine."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture
def needs():
    """Skip where a framework is not installed."""

    def check(*modules):
        absent = [module for module in modules if find_spec(module) is None]
        if absent:
            pytest.skip(
                f"not installed here: {', '.join(absent)}; 'make compat' makes an environment that has it"
            )

    return check


def point_at(url, monkeypatch):
    """Let the adapters ask ``url`` and not wait for outages; what they read once a process is read again."""
    monkeypatch.setenv("ACECODER_URL", url)
    monkeypatch.setenv("ACECODER_PAUSE_S", "0")
    verdicts._executor.cache_clear()
    verdicts._guard.cache_clear()
    verdicts._options_from_env.cache_clear()
    verdicts._reports.cache_clear()


@pytest.fixture
def service(stack, monkeypatch):
    """The running stack, where adapters look for it."""
    point_at(stack.url, monkeypatch)
    yield stack
    verdicts._executor.cache_clear()
    verdicts._guard.cache_clear()
    verdicts._options_from_env.cache_clear()
    verdicts._reports.cache_clear()


class Weak:
    """A service of one worker and a queue of two, to be stopped, killed and flooded."""

    def __init__(self, stack):
        self.stack = stack
        self.url = stack.url

    @property
    def _worker(self):
        return self.stack.workers[0]

    def _is_judging(self):
        metrics = httpx2.get(f"{self.url}/metrics", timeout=30).text
        return any(line.startswith(RUNNING) and float(line.split()[-1]) > 0 for line in metrics.splitlines())

    def is_ready(self):
        return httpx2.get(f"{self.url}/readyz", timeout=30).status_code == 200

    @contextmanager
    def killed_at_work(self):
        """While the block runs, its worker is killed once, a moment after it began to judge.

        It is halted until there is something to judge: else a busy machine might see the work only when it is done.
        """
        killed = threading.Event()
        worker = self._worker

        def kill():
            try:
                wait_until(self._is_judging, timeout_s=300)
            finally:
                worker.send_signal(signal.SIGCONT)
            time.sleep(0.5)  # into the program, which takes a second
            worker.send_signal(signal.SIGKILL)
            killed.set()

        worker.send_signal(signal.SIGSTOP)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        yield
        killer.join(60)
        assert killed.is_set(), "the block asked for nothing"

    @contextmanager
    def halted(self):
        """Its worker does nothing until the block ends or calls what it is given."""
        worker = self._worker

        def go_on():
            worker.send_signal(signal.SIGCONT)

        worker.send_signal(signal.SIGSTOP)
        try:
            yield go_on
        finally:
            go_on()


@pytest.fixture(scope="package")
def _weak():
    settings = {**BASE_ONLY, "EXECUTOR_MAX_QUEUED_CANDIDATES": "2"}
    with LocalStack(workers=1, settings=settings) as stack:
        yield Weak(stack)


@pytest.fixture
def weak(_weak, monkeypatch):
    """A service that the test overloads or stops, at the address that the adapters use."""
    wait_until(_weak.is_ready, timeout_s=120)
    point_at(_weak.url, monkeypatch)
    yield _weak
    verdicts._executor.cache_clear()
    verdicts._guard.cache_clear()
    verdicts._options_from_env.cache_clear()
    verdicts._reports.cache_clear()
