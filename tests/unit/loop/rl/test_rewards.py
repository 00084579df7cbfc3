"""The reward functions of each run, and the clock of the trainer's wait."""

from contextlib import ExitStack

import pytest

from clients.monitor import RewardMonitor
from loop.rl import rewards
from loop.rl.rewards import WaitClock, reward_functions


@pytest.mark.parametrize(
    ("run", "names", "kind", "timeout"),
    [
        ("rule", ["pass_rate"], "binary", "stop"),
        ("pass_rate", ["pass_rate"], "pass_rate", "continue"),
        ("reward_model", ["pass_rate", "rm_score"], "binary", "stop"),
        ("hybrid", ["pass_rate", "rm_score"], "pass_rate", "continue"),
    ],
)
def test_each_run_has_its_functions(monkeypatch, run, names, kind, timeout):
    given = []
    for name in ("monitored", "monitored_with_rm"):
        original = getattr(rewards, name)

        def spy(monitor, original=original, **options):
            given.append(options)
            return original(monitor, **options)

        monkeypatch.setattr(rewards, name, spy)
    functions = reward_functions(run, RewardMonitor(), WaitClock())
    assert [function.__name__ for function in functions] == names
    assert given == [{"reward": kind, "on_timeout": timeout}]


def test_two_functions_at_once_are_waited_for_once(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(rewards.time, "monotonic", lambda: now[0])
    clock = WaitClock(5.0)
    with ExitStack() as first:
        first.enter_context(clock.measured())
        now[0] += 1
        with clock.measured():
            now[0] += 2
        now[0] += 3
    now[0] += 100
    assert clock.wait_s == 5 + 6
