"""Wall time counts as idle while a process neither uses nor wants a core."""

import pytest

from services.executor.sandbox.guest.checker import idle_clock


def never_waits():
    """The run-queue wait of a process that wants nothing."""
    return 0.0


class Clock:
    """A wall clock that tests move."""

    now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def wall_clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(idle_clock, "time", clock)
    return clock


def test_sleeping_counts_except_most_of_its_first_moment(wall_clock):
    clock = idle_clock.IdleClock()
    clock.start_wait()
    for _ in range(40):
        wall_clock.now_s += 0.25
        clock.sample(0.0, never_waits)
    assert clock.test_s() == pytest.approx(10.0 - 0.09)


def test_computing_does_not_count_however_slowly_a_busy_machine_lets_it(wall_clock):
    clock, waiting_clock = idle_clock.IdleClock(), idle_clock.IdleClock()
    clock.start_wait()
    waiting_clock.start_wait()
    for n in range(1, 41):
        wall_clock.now_s += 0.25
        clock.sample(0.03 * 0.25 * n, lambda: None)  # the kernel does not tell who waits
        waiting_clock.sample(0.03 * 0.25 * n, lambda: float("inf"))
    assert clock.test_s() == waiting_clock.test_s() == 0.0


def test_napping_is_idle_if_the_kernel_reports_no_wait_for_a_core(wall_clock):
    clock = idle_clock.IdleClock()
    clock.start_wait()
    for n in range(1, 41):
        wall_clock.now_s += 0.25
        clock.sample(0.03 * 0.25 * n, never_waits)
    assert clock.test_s() == pytest.approx(0.97 * 10.0 - 0.09)


def test_naps_are_idle_on_a_busy_machine_too(wall_clock):
    """The program waits for a core after each nap; the naps count, the waiting does not."""
    clock = idle_clock.IdleClock()
    clock.start_wait()
    for n in range(1, 41):
        wall_clock.now_s += 0.25
        clock.sample(0.03 * 0.25 * n, lambda: 0.4 * 0.25)
    assert clock.test_s() == pytest.approx(0.57 * 10.0 - 0.09)


def test_time_between_two_waits_does_not_count(wall_clock):
    clock = idle_clock.IdleClock()
    wall_clock.now_s += 50.0
    clock.start_wait()
    wall_clock.now_s += 0.25
    clock.sample(0.0, never_waits)
    assert clock.test_s() < 0.25


def test_a_thousand_short_waits_count_a_tenth(wall_clock):
    clock = idle_clock.IdleClock()
    for _ in range(1000):
        clock.start_wait()
        wall_clock.now_s += 0.04
        clock.sample(0.0, never_waits)
    assert clock.test_s() == pytest.approx(4.0)


def test_a_test_begins_with_nothing_and_the_total_goes_on(wall_clock):
    clock = idle_clock.IdleClock()
    clock.start_wait()
    for _ in range(20):
        wall_clock.now_s += 0.25
        clock.sample(0.0, never_waits)
    clock.start_test(0.0)
    assert clock.test_s() == 0.0
    assert clock.total_s > 4.0


def test_a_sample_is_due_after_a_while(wall_clock):
    clock = idle_clock.IdleClock()
    assert not clock.is_due
    wall_clock.now_s += 0.03
    assert clock.is_due


def test_waiting_for_a_core_is_not_idle(wall_clock):
    clock = idle_clock.IdleClock()
    clock.start_wait()
    for waited_s in (0.25, 0.4, float("inf")):  # more than the sample: since the kernel was last asked
        wall_clock.now_s += 0.25
        clock.sample(0.0, lambda waited_s=waited_s: waited_s)
    assert clock.test_s() == 0.0


def test_time_in_which_the_checker_did_not_run_is_not_idle(wall_clock):
    """The job was suspended, or its container paused: the kernel has no account of that time."""
    clock = idle_clock.IdleClock()
    clock.start_wait()
    wall_clock.now_s += 3600.0
    clock.sample(0.0, never_waits)
    assert clock.test_s() <= 1.0
