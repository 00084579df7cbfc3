"""Clients that send candidates with known verdicts all the time, and keep what they were answered."""

import statistics
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.judging import DEADLINE_S, SLOW, expected_rate, programs
from tests.conftest import wait_until

CLIENTS = 3
SUITE = ["assert f(1) == 2", "assert f(5) == 6"]
BATCH = 24


@dataclass
class Load:
    """Clients in threads, as a context manager: they send inside the block, and have all their answers after it."""

    stage: object
    url: str = ""
    results: list = field(default_factory=list)
    """(time, index, result) of each result."""
    errors: list = field(default_factory=list)
    sent: int = 0
    longest_s: float = 0.0
    """The longest request."""

    def __enter__(self):
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        self.wait_for(BATCH)
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more):
        """Wait until so many more results have come."""
        goal = len(self.results) + more
        wait_until(lambda: self.errors or len(self.results) >= goal, timeout_s=DEADLINE_S)

    def _send(self, number):
        try:
            with self.stage.client(self.url) as client:
                while not self._ends.is_set():
                    self._judge(client, programs(BATCH, SLOW if number % 2 else ""))
        except Exception as error:
            self.errors.append(error)

    def _judge(self, client, texts):
        began_at = time.monotonic()
        with self._lock:
            self.sent += len(texts)
        for result in client.stream(texts, SUITE, deadline_s=DEADLINE_S):
            with self._lock:
                self.results.append((time.monotonic(), result))
        self.longest_s = max(self.longest_s, time.monotonic() - began_at)

    def check(self):
        """Every candidate has one result, and it is its verdict; returns a line on what there was."""
        assert self.errors == []
        assert len(self.results) == self.sent
        for _, result in self.results:
            assert result.reason is None, result
            assert result.pass_rate == expected_rate(result.index), result
        return self.summary()

    def check_with_gaps(self, reasons):
        """As ``check``, but a result may have one of these reasons instead of a verdict, and some have."""
        assert self.errors == []
        assert len(self.results) == self.sent
        gaps = [result for _, result in self.results if result.reason]
        for _, result in self.results:
            if result.reason:
                assert result.reason in reasons, result
                assert result.reward is None, result
                assert result.detail, result
            else:
                assert result.pass_rate == expected_rate(result.index), result
        assert gaps
        return f"{len(gaps)} of them unscorable; {self.summary()}"

    def summary(self):
        """Return a line: how many candidates, the longest gap between two results, the longest request."""
        times = sorted(at for at, _ in self.results)
        gaps = [after - before for before, after in pairwise(times)]
        return (
            f"{self.sent} candidates, longest gap {max(gaps):.1f} s (median {statistics.median(gaps):.3f}), "
            f"longest request {self.longest_s:.1f} s"
        )
