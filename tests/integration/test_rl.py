"""A tiny policy with random weights takes steps of RL on verdicts of a running executor. It knows nothing and earns nothing:
the texts that it is said to have written are given, so that rewards differ."""

import json
import sys
from itertools import cycle

import pytest

from clients.adapters import verdicts
from clients.monitor import Action, Threshold
from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.results import RlResults
from loop.rl.points import MeasurementFile
from loop.steps.context import StepContext

pytest.importorskip("trl")
import torch

from examples import tiny_base
from examples.rl import caught, hacks
from examples.rl import train as train_script
from loop.policy.sampling import load_policy
from loop.rl import training
from loop.steps import rl as rl_step
from tests.support.small_rl import (
    OPTIONS,
    RIGHT,
    WRONG,
    answer,
    forget_services,
    give_texts,
    lines,
    make_task,
    write_dataset,
)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return tiny_base.write(tmp_path_factory.mktemp("policy"))


@pytest.fixture
def task(stack, policy, tmp_path, monkeypatch):
    monkeypatch.setenv("ACECODER_URL", stack.url)
    forget_services()
    give_texts(monkeypatch, cycle([RIGHT, WRONG]))
    dataset = write_dataset(tmp_path / "dataset")
    yield lambda **changes: make_task(policy, dataset, tmp_path / "run", **changes)
    forget_services()


def test_the_step_trains_measures_and_watches_a_policy(task, stack, policy, tmp_path, monkeypatch):
    one = task()
    folder = RunFolder(tmp_path)
    (tmp_path / "models").mkdir()
    folder.policy.symlink_to(policy)
    folder.synth.mkdir()
    (folder.synth / "dataset").symlink_to(tmp_path / "dataset")
    folder.questions_file.write_text(one.held_out[0].model_dump_json() + "\n")
    monkeypatch.setattr(rl_step, "make_sampler", lambda *_: answer)
    config = LoopConfig(rl=OPTIONS.model_copy(update={"runs": ["rule"]}), longest_answer=4)
    context = StepContext(folder, config, addresses={"executor": stack.url})
    rl_step.run(context)
    result = folder.read_results("rl", RlResults).runs[0]
    assert [point.step for point in result.points] == [0, 1, 2, 3]
    assert [point.pass_at_1["held_out"].mean for point in result.points] == [0.5] * 4
    assert [point.greedy["held_out"].mean for point in result.points] == [1.0] * 4
    assert (result.steps, result.samples_per_step, result.lift["held_out"].mean) == (3, 4, 0.0)
    assert 0 < result.reward_wait_s < result.wall_s
    steps = lines(tmp_path / result.monitor)
    assert [step["step"] for step in steps] == [0, 1, 2]
    assert {step["reward"] for step in steps} == {0.5}
    assert sum(step["canaries"] for step in steps) >= 2, "one of four prompts is a canary"
    assert {step["canary_pass_rate"] for step in steps} <= {None, 0.0}
    assert (folder.rl("rule") / "policy" / "config.json").exists()
    monkeypatch.setattr(rl_step, "train", None)
    rl_step.run(context)  # a finished run is not repeated


def test_an_interrupted_training_goes_on_from_its_checkpoint(task):
    class InterruptedError_(Exception):
        pass

    def interrupt(step):
        if step == 3:
            raise InterruptedError_

    with pytest.raises(InterruptedError_):
        training.train(task(on_step=interrupt))
    steps = []
    one = task(on_step=steps.append)
    training.train(one)
    assert steps == [2, 3], "the third step begins and ends"
    assert [m.step for m in MeasurementFile(one.folder / "points.jsonl").read()] == [0, 1, 2, 3]
    assert [step["step"] for step in lines(one.folder / "rewards.jsonl")] == [0, 1, 2]


def test_an_alarm_stops_the_training_with_what_was_learned(task):
    stop = Threshold("reward", above=0.1, action=Action.STOP, advice="for this test")
    one = task(thresholds=[stop])
    (alarm,) = training.train(one)
    assert alarm.startswith("step 0: reward is 0.5, above 0.1")
    assert [m.step for m in MeasurementFile(one.folder / "points.jsonl").read()] == [0, 1]
    assert (one.folder / "policy" / "config.json").exists()


def test_the_script_to_copy_runs_and_goes_on(task, policy, tmp_path, monkeypatch, capsys):
    """A tiny policy writes nothing that is a program, so every reward is 0; it shows that all parts work together."""
    arguments = [
        "--model",
        policy,
        "--dataset",
        tmp_path / "dataset",
        "-o",
        tmp_path / "out",
        "--tokens",
        "4",
    ]
    sizes = ["--prompts", "2", "--samples", "2", "--save-every", "1", "--canary-share", "0.3"]
    for steps in (1, 2):
        monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments), *sizes, "--steps", str(steps)])
        train_script.main()
        printed = capsys.readouterr().out.splitlines()[-1]
        assert printed == f"{steps} updates; reward of the first 0.000, of the last 0.000"
    assert [step["step"] for step in lines(tmp_path / "out" / "rewards.jsonl")] == [0, 1]


@pytest.mark.parametrize(("isolation", "passes"), [("same_process", True), ("separate", False)])
def test_what_the_policy_is_taught_passes_only_where_tests_run_in_its_process(
    stack, monkeypatch, isolation, passes
):
    monkeypatch.setenv("ACECODER_URL", stack.url)
    forget_services()
    suite = {"id": "s", "asserts": ["assert solve(1) == 2", "assert solve([3]) == [4]"]}
    (row,) = caught.isolated([{"ground_truth": json.dumps(suite)}], isolation)
    (result,) = verdicts.judge_sync([f"```python\n{hacks.HACK}```"], [row["ground_truth"]])
    assert result.pass_rate == float(passes)
    assert hacks.MARK in hacks.HACK
    forget_services()


def test_adapters_become_weights_of_the_trained_policy(task, policy):
    options = OPTIONS.model_copy(update={"lora": 2, "steps": 1, "lr": 0.1})
    one = task(options=options)
    training.train(one)
    before, after = (load_policy(folder).model.state_dict() for folder in (policy, one.folder / "policy"))
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name].float(), after[name].float()) for name in before)


def test_fewer_prompts_than_a_step_needs_are_an_error_and_no_training_of_no_step(task):
    options = OPTIONS.model_copy(update={"prompts_per_step": 9})
    with pytest.raises(ValueError, match=r"rl\.prompts_per_step=9, and the data set has 4 prompts"):
        training.train(task(options=options))
