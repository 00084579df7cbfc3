"""Reports are sent together, and before a test once they are old enough."""

import json
import socket

import pytest

from services.executor.sandbox.guest.checker import reporter


class Clock:
    """A wall clock that tests move."""

    now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(reporter, "time", clock)
    return clock


@pytest.fixture
def ends():
    checker, worker = socket.socketpair()
    worker.setblocking(False)
    with checker, worker:
        yield reporter.Reporter(checker), worker


def received(worker):
    """Return the messages that have arrived."""
    try:
        return [json.loads(line) for line in worker.recv(1 << 16).splitlines()]
    except BlockingIOError:
        return []


def test_reports_of_fast_tests_are_sent_together(clock, ends):
    reports, worker = ends
    reports.start_program()
    for t in range(3):
        reports.before_test(report_each_test=False)
        reports.report(["test", t])
        clock.now_s += 0.001
    assert received(worker) == []
    reports.flush()
    assert received(worker) == [[["test", 0], ["test", 1], ["test", 2]]]


def test_old_reports_are_sent_before_the_next_test(clock, ends):
    reports, worker = ends
    reports.start_program()
    reports.report(["test", 0])
    clock.now_s += 0.02
    reports.before_test(report_each_test=False)
    assert received(worker) == [[["test", 0]]]
    reports.before_test(report_each_test=False)
    assert received(worker) == []


def test_an_eager_program_has_its_reports_sent_before_every_test(clock, ends):
    reports, worker = ends
    reports.start_program()
    reports.report(["test", 0])
    reports.before_test(report_each_test=True)
    assert received(worker) == [[["test", 0]]]
