"""How much a slow core stretches the CPU limit of a test, and how long a test may go on beyond it."""

import pytest

from services.executor.sandbox.guest.checker import cpu_speed


@pytest.fixture
def takes(monkeypatch):
    """Set how long the fixed piece of work takes from now on; at best a second."""
    monkeypatch.setattr(cpu_speed, "_best_s", float("inf"))

    def take(cpu_s):
        monkeypatch.setattr(cpu_speed, "_time_work", lambda: cpu_s)

    take(1.0)
    cpu_speed.measure_best(3)
    return take


def test_on_a_quiet_machine_a_quarter_is_added(takes):
    takes(1.0)
    assert cpu_speed.CpuSpeed().grace_factor() == pytest.approx(1.25)


def test_on_a_slow_machine_more_is_added_but_never_more_than_the_limit(takes):
    takes(1.5)
    assert cpu_speed.CpuSpeed().grace_factor() == pytest.approx(1.25 * 1.5)
    takes(30.0)
    assert cpu_speed.CpuSpeed().grace_factor() == cpu_speed.MAX_GRACE_FACTOR


def test_a_core_that_was_slow_for_most_of_a_test_counts_as_slow_at_its_end(takes):
    speed = cpu_speed.CpuSpeed()
    takes(1.6)
    for _ in range(3):
        speed.sample()
    takes(1.0)
    assert speed.grace_factor() == pytest.approx(1.25 * (3 * 1.6 + 1.0) / 4)


def followed(cpu_s, *slowness, takes):
    speed = cpu_speed.CpuSpeed()
    speed.start_test(cpu_s)
    for n, factor in enumerate(slowness, 1):
        takes(factor)
        speed.follow(cpu_s + n * 1.01 * cpu_speed.SAMPLE_EVERY_S)
    return speed


def test_a_test_that_was_surely_slowed_down_may_use_as_much_more(takes):
    slow = 1.3 * cpu_speed._SURE_SLOWNESS
    assert followed(5.0, *[slow] * 9, takes=takes).limit_factor() == pytest.approx(1.3)
    assert followed(5.0, *[slow, 1.0] * 9, takes=takes).limit_factor() == pytest.approx(
        (1.3 + 1 / cpu_speed._SURE_SLOWNESS) / 2
    )


def test_no_limit_is_shortened_and_none_stretched_by_more_than_half(takes):
    assert followed(0.0, *[1.0] * 9, takes=takes).limit_factor() == 1.0
    assert followed(0.0, *[9.0] * 9, takes=takes).limit_factor() == cpu_speed._MAX_LIMIT_FACTOR


def test_what_may_be_the_tests_own_kind_of_work_stretches_nothing(takes):
    assert followed(0.0, *[cpu_speed._SURE_SLOWNESS] * 9, takes=takes).limit_factor() == 1.0


def test_a_few_samples_stretch_nothing(takes):
    assert followed(0.0, *[9.0] * (cpu_speed._MIN_SAMPLES - 1), takes=takes).limit_factor() == 1.0


def test_each_test_is_measured_by_itself(takes):
    speed = followed(0.0, *[9.0] * 9, takes=takes)
    speed.start_test(1.0)
    assert speed.limit_factor() == 1.0


def test_a_test_that_does_not_compute_costs_no_sample(takes):
    speed = followed(0.0, *[9.0] * 9, takes=takes)
    takes(1.0)
    assert speed.follow(2.0)
    before = speed.limit_factor()
    assert not speed.follow(2.0)
    assert speed.limit_factor() == before


def test_the_grace_factor_is_larger_than_the_limit_factor(takes):
    for slow in (1.0, 1.3, 1.6, 2.0, 9.0):
        speed = followed(0.0, *[slow] * 9, takes=takes)
        assert speed.grace_factor() > speed.limit_factor()


def test_the_best_only_gets_better(takes):
    takes(2.0)
    cpu_speed.measure_best(1)
    assert cpu_speed.CpuSpeed().sample() == pytest.approx(2.0)
    takes(0.5)
    cpu_speed.measure_best(1)
    takes(2.0)
    assert cpu_speed.CpuSpeed().sample() == pytest.approx(4.0)


def test_the_best_is_measured_less_and_less_often(monkeypatch):
    monkeypatch.setattr(cpu_speed, "_first_s", 0.0)
    monkeypatch.setattr(cpu_speed, "_due_s", 0.0)
    waits = []
    now_s = 1000.0
    for _ in range(200):
        monkeypatch.setattr(cpu_speed.time, "monotonic", lambda: now_s)
        cpu_speed.measure_best_if_due()
        waits.append(cpu_speed.due_s() - now_s)
        now_s = cpu_speed.due_s()
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.1)
    assert waits[-1] == pytest.approx(1.0)
    assert 12 < len([wait for wait in waits if wait < 0.99]) < 60


def test_the_best_is_measured_now_and_then(takes, monkeypatch):
    monkeypatch.setattr(cpu_speed, "_due_s", 0.0)
    takes(0.5)
    cpu_speed.measure_best_if_due()
    takes(0.25)
    cpu_speed.measure_best_if_due()  # too soon
    takes(1.0)
    assert cpu_speed.CpuSpeed().sample() == pytest.approx(2.0)


def test_without_a_best_time_the_grace_is_that_of_a_quiet_machine(monkeypatch):
    monkeypatch.setattr(cpu_speed, "_best_s", float("inf"))
    assert cpu_speed.CpuSpeed().grace_factor() == pytest.approx(1.25)


def test_the_real_work_takes_time(takes, monkeypatch):
    monkeypatch.undo()
    cpu_speed.measure_best(1)
    assert 1.0 <= cpu_speed.CpuSpeed().sample() < float("inf")
