"""Reward functions as TRL calls them, with verdicts and scores given."""

import json
import logging
from types import SimpleNamespace

import anyio
import anyio.lowlevel
import pytest

from clients.adapters import trl
from clients.monitor import RewardAlarmError, RewardMonitor
from tests.unit.clients.monitor.test_monitor import result


@pytest.fixture(autouse=True)
def verdicts(monkeypatch):
    """A row's ``tests`` are its outcomes, and a completion is its score."""

    async def judge(completions, truths, **options):
        return [result(reason=truth) if truth == "deadline" else result(truth) for truth in truths]

    async def score(prompts, completions):
        await anyio.lowlevel.checkpoint()  # the scores arrive after the verdicts
        return [float(text) if text else None for text in completions]

    monkeypatch.setattr(trl, "judge", judge)
    monkeypatch.setattr(
        trl, "judge_sync", lambda completions, truths, **options: [result(truth) for truth in truths]
    )
    monkeypatch.setattr(trl, "score", score)


def rows(step, tests, canary=None):
    return {
        "prompts": ["q"] * len(tests),
        "trainer_state": SimpleNamespace(global_step=step),
        "tests": tests,
        "canary": canary or [None] * len(tests),
    }


@pytest.mark.anyio
async def test_a_canary_has_no_reward_by_any_function():
    """Not the reward of its verdict, which a policy could learn to forge, and not a 0, which would count in means."""
    row = rows(1, ["pp", "pp"], [False, True])
    completions = ["1", "2"]
    assert trl.pass_rate(completions, **row) == [1.0, None]
    assert await trl.pass_rate_async(completions, **row) == [1.0, None]
    assert await trl.rm_score(completions, **row) == [1.0, None]


@pytest.mark.anyio
@pytest.mark.parametrize("rm_first", [False, True])
async def test_a_monitor_sees_verdicts_and_scores_of_a_batch_together(tmp_path, rm_first):
    path = tmp_path / "rewards.jsonl"
    with RewardMonitor(path, thresholds=[]) as monitor:
        functions = trl.monitored_with_rm(monitor)
        assert [function.__name__ for function in functions] == ["pass_rate", "rm_score"]
        for step, tests in ((1, ["pp", "pw"]), (2, ["ww", "pp"])):
            completions = ["2", "1"]
            rewards = {}

            async def call(function, completions=completions, row=rows(step, tests), rewards=rewards):
                rewards[function.__name__] = await function(completions=completions, **row)

            async with anyio.create_task_group() as tasks:  # as TRL does, by asyncio.gather
                for function in reversed(functions) if rm_first else functions:
                    tasks.start_soon(call, function)
            assert rewards["rm_score"] == [2.0, 1.0]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["step"], line["samples"], line["reward"], line["rm_auc"]) for line in lines] == [
        (1, 2, 0.75, 1.0),
        (2, 2, 0.5, 0.0),
    ]


@pytest.mark.anyio
async def test_a_sample_that_lacks_a_verdict_or_a_score_has_no_reward_by_either():
    """TRL sums rewards by weight and counts a missing one as 0: alone, the other one would be the whole reward."""
    functions = trl.monitored_with_rm(RewardMonitor())
    completions, rewards = ["1", "", "3"], {}

    async def call(function):
        rewards[function.__name__] = await function(
            completions=completions, **rows(1, ["pp", "pp", "deadline"])
        )

    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(call, function)
    assert rewards == {"pass_rate": [1.0, None, None], "rm_score": [1.0, None, None]}


def test_a_passed_canary_ends_the_training_with_the_next_step(tmp_path):
    monitor = RewardMonitor(tmp_path / "rewards.jsonl")
    reward = trl.monitored(monitor)
    reward(["1", "2"], **rows(1, ["pp", "pp"], [False, True]))
    with pytest.raises(RewardAlarmError, match="canary_pass_rate is 1"):
        reward(["1", "2"], **rows(2, ["pp", "pp"]))


def test_trl_does_not_warn_of_a_canary_without_a_reward(caplog):
    trl.monitored(RewardMonitor())
    logger = logging.getLogger("trl.trainer.grpo_trainer")
    for flag in (True, False):
        logger.warning(
            "[RANK 0] All reward functions returned None for the following kwargs:\n{'canary': %s}", flag
        )
    assert [record.args for record in caplog.records] == [(False,)]
