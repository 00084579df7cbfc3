"""How long a test at its limit is let go on."""

import pytest

from services.executor.sandbox.guest.checker import cpu_speed


@pytest.fixture
def takes(monkeypatch):
    """Say how long the fixed piece of work takes from now on; at best a second."""
    monkeypatch.setattr(cpu_speed, "_best_s", float("inf"))

    def take(cpu_s):
        monkeypatch.setattr(cpu_speed, "_take", lambda: cpu_s)

    take(1.0)
    cpu_speed.learn(3)
    return take


def test_on_a_quiet_machine_a_quarter_is_added(takes):
    takes(1.0)
    assert cpu_speed.Pace().leash() == pytest.approx(1.25)


def test_a_slow_machine_earns_more_but_never_more_than_double(takes):
    takes(1.5)
    assert cpu_speed.Pace().leash() == pytest.approx(1.25 * 1.5)
    takes(30.0)
    assert cpu_speed.Pace().leash() == cpu_speed.LONGEST


def test_what_was_slow_for_most_of_a_test_counts_when_it_is_quick_again(takes):
    own = cpu_speed.Pace()
    takes(1.6)
    for _ in range(3):
        own.look()
    takes(1.0)
    assert own.leash() == pytest.approx(1.25 * (3 * 1.6 + 1.0) / 4)


def followed(cpu_s, *slowness, takes):
    own = cpu_speed.Pace()
    own.start_test(cpu_s)
    for n, each in enumerate(slowness, 1):
        takes(each)
        own.follow(cpu_s + n * 1.01 * cpu_speed.EVERY_S)
    return own


def test_a_test_that_was_slowed_down_for_sure_may_use_as_much_more(takes):
    slow = 1.3 * cpu_speed._SURELY
    assert followed(5.0, *[slow] * 9, takes=takes).credit() == pytest.approx(1.3)
    assert followed(5.0, *[slow, 1.0] * 9, takes=takes).credit() == pytest.approx(
        (1.3 + 1 / cpu_speed._SURELY) / 2
    )


def test_no_limit_is_shortened_and_none_stretched_by_half_again_or_more(takes):
    assert followed(0.0, *[1.0] * 9, takes=takes).credit() == 1.0
    assert followed(0.0, *[9.0] * 9, takes=takes).credit() == cpu_speed._MOST_CREDIT


def test_what_may_be_the_tests_own_kind_of_work_stretches_nothing(takes):
    assert followed(0.0, *[cpu_speed._SURELY] * 9, takes=takes).credit() == 1.0


def test_a_few_looks_stretch_nothing(takes):
    assert followed(0.0, *[9.0] * (cpu_speed._ENOUGH_LOOKS - 1), takes=takes).credit() == 1.0


def test_each_test_is_measured_by_itself(takes):
    own = followed(0.0, *[9.0] * 9, takes=takes)
    own.start_test(1.0)
    assert own.credit() == 1.0


def test_one_that_does_not_compute_costs_no_look(takes):
    own = followed(0.0, *[9.0] * 9, takes=takes)
    takes(1.0)
    assert own.follow(2.0)
    before = own.credit()
    assert not own.follow(2.0)
    assert own.credit() == before


def test_a_leash_is_longer_than_any_credit(takes):
    for slow in (1.0, 1.3, 1.6, 2.0, 9.0):
        own = followed(0.0, *[slow] * 9, takes=takes)
        assert own.leash() > own.credit()


def test_the_best_only_gets_better(takes):
    takes(2.0)
    cpu_speed.learn(1)
    assert cpu_speed.Pace().look() == pytest.approx(2.0)
    takes(0.5)
    cpu_speed.learn(1)
    takes(2.0)
    assert cpu_speed.Pace().look() == pytest.approx(4.0)


def test_the_best_is_looked_for_now_and_then(takes, monkeypatch):
    monkeypatch.setattr(cpu_speed, "_learnt_s", 0.0)
    takes(0.5)
    cpu_speed.learn_on()
    takes(0.25)
    cpu_speed.learn_on()  # too soon
    takes(1.0)
    assert cpu_speed.Pace().look() == pytest.approx(2.0)


def test_nothing_was_learnt(monkeypatch):
    monkeypatch.setattr(cpu_speed, "_best_s", float("inf"))
    assert cpu_speed.Pace().leash() == pytest.approx(1.25)


def test_the_real_work_takes_time(takes, monkeypatch):
    monkeypatch.undo()
    cpu_speed.learn(1)
    assert 1.0 <= cpu_speed.Pace().look() < float("inf")
