"""A tiny policy with random weights takes steps of RL on verdicts of a running executor. It knows nothing and earns nothing:
the texts that it is said to have written are given, so that rewards differ."""

import gzip
import json
import sys
from itertools import cycle, islice

import pytest

from clients.adapters import verdicts
from clients.monitor import Action, Threshold
from loop.config import LoopConfig, RlOptions
from loop.folder import RunFolder
from loop.questions import LoopQuestion
from loop.results import RlResults
from loop.rl.points import MeasurementFile
from loop.rl.prompts import read_prompts
from loop.rl.task import RlTask
from loop.steps.context import StepContext

pytest.importorskip("trl")
from examples import tiny_base
from examples.rl import caught, hacks
from examples.rl import train as train_script
from loop.rl import training
from loop.steps import rl as rl_step

TESTS = ["assert double(2) == 4", "assert double(5) == 10"]
RIGHT, WRONG = (f"```python\ndef double(x):\n    return {text}\n```" for text in ("x + x", "x * x"))
OPTIONS = RlOptions(
    steps=3, prompts_per_step=2, samples_per_prompt=2, measure_every=1, measure_samples=2, canary_share=0.3
)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return tiny_base.write(tmp_path_factory.mktemp("policy"))


@pytest.fixture
def written(monkeypatch):
    """Make these the decoded texts of whatever the policy generates."""
    texts = cycle([RIGHT, WRONG])
    original = training.reward_functions

    def functions(*arguments):
        def replace(function):
            def rewarded(completions, **row):
                return function(completions=list(islice(texts, len(completions))), **row)

            rewarded.__name__ = function.__name__
            return rewarded

        return [replace(function) for function in original(*arguments)]

    monkeypatch.setattr(training, "reward_functions", functions)


@pytest.fixture
def task(stack, policy, tmp_path, monkeypatch, written):
    monkeypatch.setenv("ACECODER_URL", stack.url)
    forget()
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    question = "Write double(x)."
    write(
        dataset / "suites.jsonl.gz",
        *(
            {"id": f"q{at}", "prompt": f"{question} {at}", "suite": {"id": "s", "asserts": TESTS}}
            for at in range(3)
        ),
    )
    canary = {"id": "q0:canary", "asserts": [TESTS[0], "assert double(5) == 11"]}
    write(
        dataset / "canaries.jsonl.gz",
        {"id": "q0:canary", "prompt": question, "suite": canary, "canary": True, "canary_test": 1},
    )
    held_out = LoopQuestion(
        id="h", split="held_out", text=question, entry_point="double", program="", tests=TESTS
    )

    def make(**changes):
        values = {
            "run": "rule",
            "options": OPTIONS,
            "policy": policy,
            "prompts": read_prompts(dataset, canary_share=OPTIONS.canary_share),
            "held_out": [held_out],
            "folder": tmp_path / "run",
            "longest_answer": 4,
            "seed": 0,
            "make_sampler": lambda model, tokenizer: answer,
        }
        return RlTask(**{**values, **changes})

    yield make
    forget()


def answer(texts, *, n, temperature):
    """Half of the answers are right."""
    return [list(islice(cycle([RIGHT, WRONG]), n)) for _ in texts]


def forget():
    for cached in (verdicts._executor, verdicts._guard, verdicts._options_from_env):
        cached.cache_clear()


def write(path, *rows):
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_step_trains_measures_and_watches_a_policy(task, stack, policy, tmp_path, monkeypatch):
    one = task()
    folder = RunFolder(tmp_path)
    (tmp_path / "models").mkdir()
    folder.policy.symlink_to(policy)
    folder.synth.mkdir()
    (folder.synth / "dataset").symlink_to(tmp_path / "dataset")
    folder.questions_file.write_text(one.held_out[0].model_dump_json() + "\n")
    monkeypatch.setattr(rl_step, "_sampler", lambda model, tokenizer, **_: answer)
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
    assert steps == [3]
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
    forget()
    suite = {"id": "s", "asserts": ["assert solve(1) == 2", "assert solve([3]) == [4]"]}
    (row,) = caught.isolated([{"ground_truth": json.dumps(suite)}], isolation)
    (result,) = verdicts.judge_sync([f"```python\n{hacks.HACK}```"], [row["ground_truth"]])
    assert result.pass_rate == float(passes)
    assert hacks.MARK in hacks.HACK
    forget()
