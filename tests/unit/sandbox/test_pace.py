"""How long a test at its limit is let go on."""

import pytest

from services.executor.sandbox.guest import pace


@pytest.fixture
def takes(monkeypatch):
    """Say how long the fixed piece of work takes from now on; at best a second."""
    monkeypatch.setattr(pace, "_best_s", float("inf"))

    def take(cpu_s):
        monkeypatch.setattr(pace, "_take", lambda: cpu_s)

    take(1.0)
    pace.learn(3)
    return take


def test_on_a_quiet_machine_a_tenth_is_added(takes):
    takes(1.0)
    assert pace.Pace().leash() == pytest.approx(1.1)


def test_a_slow_machine_earns_more_but_never_more_than_double(takes):
    takes(1.5)
    assert pace.Pace().leash() == pytest.approx(1.65)
    takes(30.0)
    assert pace.Pace().leash() == pace.LONGEST


def test_what_was_slow_for_most_of_a_test_counts_when_it_is_quick_again(takes):
    own = pace.Pace()
    takes(1.6)
    for _ in range(3):
        own.look()
    takes(1.0)
    assert own.leash() == pytest.approx(1.1 * (3 * 1.6 + 1.0) / 4)


def test_the_best_only_gets_better(takes):
    takes(2.0)
    pace.learn(1)
    assert pace.Pace().look() == pytest.approx(2.0)
    takes(0.5)
    pace.learn(1)
    takes(2.0)
    assert pace.Pace().look() == pytest.approx(4.0)


def test_nothing_was_learnt(monkeypatch):
    monkeypatch.setattr(pace, "_best_s", float("inf"))
    assert pace.Pace().leash() == pytest.approx(1.1)


def test_the_real_work_takes_time(takes, monkeypatch):
    monkeypatch.undo()
    pace.learn(1)
    assert 1.0 <= pace.Pace().look() < float("inf")
