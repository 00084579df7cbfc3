"""Which wall time counts as idle."""

import pytest

from services.executor.sandbox.guest.checker import idle_clock


def nobody():
    """How long a process waited that wanted nothing."""
    return 0.0


class Clock:
    """A wall clock that tests move."""

    now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def wall(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(idle_clock, "time", clock)
    return clock


def test_sleeping_counts_but_for_most_of_a_turn(wall):
    clock = idle_clock.IdleClock()
    clock.wait()
    for _ in range(40):
        wall.now_s += 0.25
        clock.look(0.0, nobody)
    assert clock.of_test_s() == pytest.approx(10.0 - 0.09)


def test_computing_does_not_count_however_slowly_a_busy_machine_lets_it(wall):
    clock, told = idle_clock.IdleClock(), idle_clock.IdleClock()
    clock.wait()
    told.wait()
    for n in range(1, 41):
        wall.now_s += 0.25
        clock.look(0.03 * 0.25 * n, lambda: None)  # who waits is not told here
        told.look(0.03 * 0.25 * n, lambda: 0.2)
    assert clock.of_test_s() == told.of_test_s() == 0.0


def test_napping_is_idleness_where_the_kernel_tells_that_nothing_was_waited_for(wall):
    clock = idle_clock.IdleClock()
    clock.wait()
    for n in range(1, 41):
        wall.now_s += 0.25
        clock.look(0.03 * 0.25 * n, nobody)
    assert clock.of_test_s() == pytest.approx(10.0 - 0.09)


def test_time_between_two_waits_does_not_count(wall):
    clock = idle_clock.IdleClock()
    wall.now_s += 50.0
    clock.wait()
    wall.now_s += 0.25
    clock.look(0.0, nobody)
    assert clock.of_test_s() < 0.25


def test_a_thousand_turns_count_for_little_and_yet_they_count(wall):
    clock = idle_clock.IdleClock()
    for _ in range(1000):
        clock.wait()
        wall.now_s += 0.04
        clock.look(0.0, nobody)
    assert clock.of_test_s() == pytest.approx(4.0)


def test_a_test_begins_with_nothing_and_the_total_goes_on(wall):
    clock = idle_clock.IdleClock()
    clock.wait()
    wall.now_s += 5.0
    clock.look(0.0, nobody)
    clock.start_test(0.0)
    assert clock.of_test_s() == 0.0
    assert clock.total_s > 4.0


def test_a_look_is_due_after_a_while(wall):
    clock = idle_clock.IdleClock()
    assert not clock.due
    wall.now_s += 0.03
    assert clock.due


def test_waiting_for_a_turn_is_not_idle(wall):
    clock = idle_clock.IdleClock()
    clock.wait()
    for waited_s in (0.2, float("inf")):
        wall.now_s += 0.25
        clock.look(0.0, lambda waited_s=waited_s: waited_s)
    assert clock.of_test_s() == 0.0
