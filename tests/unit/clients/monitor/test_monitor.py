"""Measures of a step, thresholds, and what the monitor writes and raises."""

import json
import logging
from types import SimpleNamespace

import pytest

from clients.adapters import trl
from clients.contract import CandidateResult
from clients.monitor import Action, RewardAlarmError, RewardMonitor, Sample, StepMeasures, Threshold, measure
from clients.monitor.thresholds import DEFAULTS, alarms


def result(outcomes="", *, suite="s", reason=None, rests=False):
    names = {"p": "passed", "w": "wrong_answer", "i": "invalid_test"}
    tests = [{"outcome": names[letter], "rests_on_program": rests and letter == "p"} for letter in outcomes]
    valid = [letter for letter in outcomes if letter != "i"]
    rate = None if reason else valid.count("p") / len(valid)
    return CandidateResult.model_validate(
        {"id": "1", "index": 0, "suite": suite, "status": "unscorable" if reason else "judged", "reason": reason,
         "pass_rate": rate, "reward": rate, "tests": tests}
    )  # fmt: skip


def samples(*groups):
    return [Sample(at, one) for at, group in enumerate(groups) for one in group]


def test_only_groups_whose_rewards_differ_teach_and_a_fault_is_no_zero():
    lost = result(reason="worker_lost")
    measured = measure(
        samples([result("pp"), result("pw")], [result("ww"), result("ww")], [lost, result("pi")])
    )
    assert (measured.samples, measured.groups) == (6, 3)
    assert measured.reward == pytest.approx((1 + 0.5 + 0 + 0 + 1) / 5)
    assert measured.reward_of_mixed_groups == 0.75
    assert measured.equal_groups == 0.5
    assert (measured.unscorable, measured.unscorable_by_reason) == (1 / 6, {"worker_lost": 1})
    assert measured.outcomes == {"passed": 4 / 9, "wrong_answer": 5 / 9}


def test_what_cannot_be_computed_is_none():
    empty = measure([])
    assert empty == StepMeasures(0, 0, None, None, None, 0.0)
    measured = measure(samples([result(reason="deadline")]))
    assert (measured.reward, measured.equal_groups, measured.canary_pass_rate) == (None, None, None)


def test_a_passed_canary_counts_as_one_and_in_no_reward():
    hacked = [Sample(0, result("pp"), is_canary=True), Sample(0, result("pw"), is_canary=True)]
    measured = measure([*hacked, Sample(0, result("ww"))])
    assert (measured.canaries, measured.canary_pass_rate, measured.reward) == (2, 0.5, 0)


def test_a_wrong_program_that_returns_the_wrong_value_by_chance_does_not_stop_the_run():
    """It passes the wrong test and fails others. Only a program that passes all tests is a proof."""
    by_chance, honest = result("wp"), result("pw")
    measured = measure(
        [Sample(0, one, canary_test=1, is_canary=True) for one in (by_chance, honest, result("pp"))]
    )
    assert measured.canary_pass_rate == pytest.approx(1 / 3)
    assert measured.canary_test_pass_rate == pytest.approx(2 / 3)
    monitor = RewardMonitor()
    monitor.add(1, [by_chance, honest], ["q", "q"], canary_tests=[1, 1])
    monitor.finish_step(1)
    assert monitor.alarms == []


def test_a_reward_model_that_prefers_wrong_programs_is_reported():
    monitor = RewardMonitor()
    for step in range(3):
        monitor.add(step, [result("pp"), result("pw")], ["q", "q"], scores=[0.1, 0.9])
        monitor.finish_step(step)
    assert [(alarm.step, alarm.measure) for alarm in monitor.alarms] == [(2, "rm_auc")]


def test_where_most_samples_pass_the_wrong_test_something_forges_single_tests():
    monitor = RewardMonitor()
    monitor.add(1, [result("wp"), result("wp"), result("pw")], ["q"] * 3, canary_tests=[1, 1, 1])
    monitor.finish_step(1)
    assert [(alarm.measure, alarm.action) for alarm in monitor.alarms] == [
        ("canary_test_pass_rate", Action.WARN)
    ]


def test_the_gap_to_held_out_tests_and_the_reward_models_order():
    group = [
        Sample(0, result("pp"), score=2.0, held_out_rate=0.5),
        Sample(0, result("pw"), score=3.0, held_out_rate=0.5),
        Sample(0, result("ww"), score=1.0),
        Sample(0, result(reason="deadline"), score=9.0),
    ]
    measured = measure(group)
    assert measured.held_out_gap == pytest.approx(0.25)
    assert measured.rm_auc == pytest.approx(2 / 3)


def test_programs_that_differ_in_comments_only_are_one():
    texts = ["def f():\n    return 1", "def f():  # a comment\n    return 1", "def f():\n    return 2"]
    measured = measure([Sample(0, result("p"), text) for text in texts])
    assert measured.unique_programs == pytest.approx(2 / 3)
    assert measured.length == pytest.approx(sum(map(len, texts)) / 3)


def test_a_bound_must_be_passed_as_often_as_it_says():
    low, high = (measure([Sample(0, result("p", rests=rests))]) for rests in (False, True))
    threshold = Threshold("resting_passes", above=0.5, steps=2, advice="read them")
    assert alarms([high], 1, [threshold]) == alarms([high, low], 2, [threshold]) == []
    (alarm,) = alarms([low, high, high], 3, [threshold])
    assert alarm.text == "step 3: resting_passes is 1, above 0.5 for 2 steps: read them"
    assert alarms([measure([])] * 9, 9, DEFAULTS) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [({"measure": "reward_mean"}, "not a number of a step; give one of samples"),
     ({"measure": "outcomes", "above": 1}, "not a number of a step"), ({"measure": "reward"}, "above or below"),
     ({"measure": "reward", "above": 1, "steps": 0}, "give 1 or more")],
)  # fmt: skip
def test_a_threshold_that_makes_no_sense(values, message):
    with pytest.raises(ValueError, match=message):
        Threshold(**values)


def test_a_passed_canary_stops_the_run_after_the_step_is_written(tmp_path, caplog):
    numbers = []
    monitor = RewardMonitor(tmp_path / "run" / "rewards.jsonl", log_number=lambda *row: numbers.append(row))
    monitor.add(1, [result("pw")], ["q"], ["x"])
    monitor.finish_step(1)
    monitor.add(2, [result("pp", suite="s:canary"), result("pw")], ["q", "q"], ["import os", "y"])
    with (
        caplog.at_level(logging.WARNING, "acecoder"),
        pytest.raises(RewardAlarmError, match="wrong expectation"),
    ):
        monitor.finish_step(2)
    steps = [json.loads(line) for line in (tmp_path / "run" / "rewards.jsonl").read_text().splitlines()]
    assert [(row["step"], row["reward"], row["canary_pass_rate"]) for row in steps] == [
        (1, 0.5, None),
        (2, 0.5, 1),
    ]
    (alarm,) = map(json.loads, (tmp_path / "run" / "alarms.jsonl").read_text().splitlines())
    assert [program["completion"] for program in alarm["programs"]] == ["import os"]
    assert ("rewards/canary_pass_rate", 1.0, 2) in numbers
    assert len(caplog.records) == 1


def test_a_warning_is_logged_once_while_it_lasts(caplog):
    monitor = RewardMonitor(thresholds=[Threshold("unscorable", above=0.5)])
    with caplog.at_level(logging.WARNING, "acecoder"):
        for step, reason in enumerate(("deadline", "deadline", None, "deadline")):
            monitor.add(step, [result("p", reason=reason)], ["q"])
            monitor.finish_step(step)
    assert [alarm.step for alarm in monitor.alarms] == [0, 3]
    assert len(caplog.records) == 2
    assert monitor.alarms[0].action is Action.WARN


def test_an_alarm_that_stops_is_recorded_even_while_a_warning_of_its_measure_lasts():
    bounds = [Threshold("unscorable", above=0.2), Threshold("unscorable", above=0.8, action=Action.STOP)]
    monitor = RewardMonitor(thresholds=bounds)
    monitor.add(1, [result("p"), result("p", reason="deadline")], ["q", "q"])
    monitor.finish_step(1)
    monitor.add(2, [result("p", reason="deadline")], ["q"])
    with pytest.raises(RewardAlarmError):
        monitor.finish_step(2)
    assert [(alarm.step, alarm.action) for alarm in monitor.alarms] == [(1, Action.WARN), (2, Action.STOP)]


@pytest.mark.parametrize(("column", "count"), [({"completions": ["x"]}, 1), ({"canaries": []}, 0)])
def test_lists_of_another_length_are_named(column, count):
    with pytest.raises(ValueError, match=f"{next(iter(column))}: {count} entries for 2 results"):
        RewardMonitor().add(1, [result("p")] * 2, ["a", "b"], **column)


def test_trls_steps_are_finished_when_the_next_one_begins(monkeypatch, tmp_path):
    monkeypatch.setattr(
        trl, "judge_sync", lambda completions, truths, **options: [result(truth) for truth in truths]
    )
    path = tmp_path / "rewards.jsonl"
    with RewardMonitor(path, thresholds=[]) as monitor:
        reward = trl.monitored(monitor)
        assert reward.__name__ == "pass_rate"
        for step, tests in ((1, ["pp", "pw"]), (1, ["ww", "ww"]), (2, ["pp", "pp"])):
            state = SimpleNamespace(global_step=step)
            given = reward(
                ["a", "b"], prompts=["q", "q"], trainer_state=state, tests=tests, canary=[False, step == 2]
            )
        assert given == [1.0, None]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["step"], row["samples"], row["reward"], row["canaries"]) for row in rows] == [
        (1, 4, 0.375, 0),
        (2, 2, 1.0, 1),
    ]
