"""The time of one candidate: which limits stretch, which do not, and what is refunded."""

import pytest

from services.executor.sandbox.guest.checker import cpu_speed
from services.executor.sandbox.guest.checker.suite import CandidateLimits
from services.executor.sandbox.guest.checker.time_budget import TimeBudget

LIMITS = CandidateLimits(cpu_s=1.0, wall_s=4.0, total_cpu_s=10.0, total_wall_s=20.0, output_bytes=1000)


class Process:
    """A process whose CPU clock tests set."""

    is_pid_known = True
    clock_s = 0.0

    def pid(self):
        return 1

    def cpu_s(self):
        return self.clock_s

    def run_queue_wait_s(self):
        return 0.0


@pytest.fixture
def process(monkeypatch):
    """A process on a core that is as fast as at its best."""
    monkeypatch.setattr(cpu_speed, "_best_s", 1.0)
    monkeypatch.setattr(cpu_speed, "_time_work", lambda: 1.0)
    return Process()


def test_on_a_fast_core_a_test_may_go_on_for_a_quarter_of_its_limit(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    process.clock_s = 1.2
    assert budget.is_over_limit()
    assert budget.reached_limit() is None
    assert budget.safe_wait_s() == pytest.approx(0.05)
    process.clock_s = 1.25
    assert budget.reached_limit() == "more than 1 s of CPU time"


def test_a_slow_core_stretches_the_limit(process, monkeypatch):
    budget = TimeBudget(process, LIMITS, 0.0)
    monkeypatch.setattr(cpu_speed, "_time_work", lambda: 1.75)
    for n in range(1, 10):
        budget.speed.follow(n * 0.1)
    process.clock_s = 1.35
    assert not budget.is_over_limit()
    process.clock_s = 1.45
    assert budget.is_over_limit()


def test_what_a_test_used_beyond_its_limit_is_refunded_to_the_total(process):
    budget = TimeBudget(process, LIMITS, 9.0)
    process.clock_s = 1.2
    assert budget.refund_overrun() == pytest.approx(0.2)
    assert not budget.is_over_limit_at_end(0.9)
    assert budget.is_over_limit_at_end(1.2)


def test_idle_time_is_never_stretched(process, monkeypatch):
    budget = TimeBudget(process, LIMITS, 0.0)
    monkeypatch.setattr(cpu_speed, "_time_work", lambda: 9.0)
    budget.idle.total_s = 4.0
    assert budget.reached_limit() == "idle for 4 s (CPU time is within its limit)"
    assert budget.safe_wait_s() == 0.0


def test_prefetched_tests_divide_the_time_of_a_batch_by_the_candidates_reports(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    process.clock_s = 0.7
    budget.start_test(is_first=True, is_prefetched=True)
    budget.take_report(0.3)
    assert budget.used_s() == pytest.approx(0.3)
    budget.start_test(is_first=False, is_prefetched=True)
    budget.take_report(0.65)
    assert budget.used_s() == pytest.approx(0.35)
    assert not budget.is_report_too_low()


@pytest.mark.parametrize("report", [None, "1", True, -1.0, 0.1, float("nan"), float("inf"), 1e300])
def test_an_impossible_report_leaves_the_time_within_the_clock(process, report):
    budget = TimeBudget(process, LIMITS, 0.0)
    process.clock_s = 0.5
    budget.take_report(0.2)
    budget.take_report(report)
    assert budget.reported_cpu_s in (0.2, 0.5)


def test_a_report_that_hides_more_than_a_limit_is_noticed(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    budget.take_report(0.2)
    process.clock_s = 1.5
    assert budget.is_report_too_low()
    process.clock_s = 0.9
    assert not budget.is_report_too_low()


def test_after_its_end_the_time_of_a_process_is_its_last_clock(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    process.clock_s = 0.5
    budget.close()
    process.clock_s = 0.0
    assert budget.total_cpu_s() == 0.5


def test_what_a_test_used_is_read_once_at_its_end(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    process.clock_s = 0.4
    budget.end_test()
    process.clock_s = 3.0
    assert budget.used_s() == pytest.approx(0.4)
    assert not budget.is_over_limit()
    budget.start_test(is_first=False, is_prefetched=False)
    process.clock_s = 3.2
    assert budget.used_s() == pytest.approx(0.2)


def test_a_test_that_loses_its_candidate_after_its_end_is_counted_by_the_clock(process):
    budget = TimeBudget(process, LIMITS, 0.0)
    budget.end_test()
    process.clock_s = 1.5
    budget.mark_lost()
    assert budget.used_s() == pytest.approx(1.5)
