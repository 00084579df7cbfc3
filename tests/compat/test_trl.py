"""TRL's trainers on rewards from the running service. The policy is tiny, so that it runs without a GPU.

A tiny policy cannot write programs: where right and wrong ones matter, ``rollout_func``, TRL's own place for
another sampler, writes them. All else is TRL's: tokens, decoding, columns, advantages, optimisation steps.
"""

import json
import os
import re
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.compat import tiny
from tests.compat.programs import HALF, RIGHT, TESTS, WRONG, slow

GROUP = 4
"""Completions of one prompt."""
ASLEEP = "```python\nimport time\ntime.sleep(100)\n\ndef double(x):\n    return x + x\n```"


@pytest.fixture
def trl(needs):
    needs("trl", "torch", "transformers", "datasets", "accelerate")
    import trl

    return trl


def rows(prompt="Double it."):
    from datasets import Dataset

    return Dataset.from_list([{"prompt": prompt, "tests": TESTS}] * GROUP)


def writing(*texts):
    """A sampler that writes these, one a prompt."""
    supply = cycle(texts)

    def sample(prompts, trainer):
        encode = trainer.processing_class.encode
        written = [[*encode(text), 256] for text in islice(supply, len(prompts))]
        return {
            "prompt_ids": [encode("Double it.") for _ in prompts],
            "completion_ids": written,
            "logprobs": [[-1.0] * len(tokens) for tokens in written],
        }

    return sample


def options(folder, **more):
    return {
        "output_dir": str(folder),
        "use_cpu": True,
        "bf16": False,
        "per_device_train_batch_size": GROUP,
        "num_generations": GROUP,
        "max_completion_length": 16,
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        **more,
    }


def grpo(
    trl,
    folder,
    *texts,
    reward="clients.adapters.trl.pass_rate",
    prompt="Double it.",
    steps=1,
    dataset=None,
    **more,
):
    """Train by the reward that TRL's script finds under a dotted path; return the logs, and the weights' change."""
    model = tiny.policy()
    before = tiny.weights(model)
    trainer = trl.GRPOTrainer(
        model=model,
        reward_funcs=[resolved(reward)],
        args=trl.GRPOConfig(**options(folder, max_steps=steps, **more)),
        train_dataset=dataset or rows(prompt),
        processing_class=tiny.tokenizer(),
        rollout_func=writing(*texts) if texts else None,
    )
    trainer.train()
    return changed(trainer, before)


def changed(trainer, before):
    after = tiny.weights(trainer.model)
    moved = max(float((new - old).abs().max()) for new, old in zip(after, before, strict=True))
    return [log for log in trainer.state.log_history if "reward" in log], moved


def resolved(path):
    """As ``trl/scripts/grpo.py`` does with ``--reward_funcs``; it is inside its ``main``, which wants a hub."""
    import importlib

    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", ["pass_rate", "pass_rate_async"])
def test_grpo_takes_steps_on_rewards_of_the_service(trl, service, tmp_path, name):
    path = f"clients.adapters.trl.{name}"
    logs, moved = grpo(trl, tmp_path, RIGHT, HALF, WRONG, "no program", reward=path, steps=2)
    assert [log["reward"] for log in logs] == pytest.approx([1.5 / 4] * 2)
    assert logs[0]["reward_std"] > 0
    assert logs[0]["acecoder/pass_rate"] == pytest.approx(1.5 / 4)
    assert moved > 0


def test_the_dotted_path_on_its_command_line(trl, service, tmp_path):
    """``trl grpo --reward_funcs …``: without a line of Python. What an untrained policy writes earns 0."""
    tiny.policy().save_pretrained(tmp_path / "policy")
    tiny.tokenizer().save_pretrained(tmp_path / "policy")
    (tmp_path / "rows").mkdir()
    row = json.dumps({"prompt": "Double it.", "tests": TESTS})
    (tmp_path / "rows" / "train.jsonl").write_text(f"{row}\n" * GROUP)
    given = options(tmp_path / "out", max_steps=1, report_to="none")
    given |= {
        "model_name_or_path": tmp_path / "policy",
        "dataset_name": tmp_path / "rows",
        "dtype": "float32",
    }
    given["reward_funcs"] = "clients.adapters.trl.pass_rate"
    arguments = [text for name, value in given.items() for text in (f"--{name}", str(value))]
    told = subprocess.run(
        [Path(sys.executable).with_name("trl"), "grpo", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")},
    )
    assert told.returncode == 0, told.stderr[-4000:]
    logged = {name: float(value) for name, value in re.findall(r"'([\w/]+)': '?([-\d.e]+)", told.stdout)}
    assert logged["reward"] == logged["rewards/pass_rate/mean"] == logged["acecoder/pass_rate"] == 0.0
    assert logged["acecoder/unscorable"] == 0.0


def test_grpo_with_a_policy_of_its_own(trl, service, tmp_path):
    """What an untrained policy writes is no program: a reward of 0 for each, by a verdict."""
    conversation = [{"role": "user", "content": "Double it."}]
    logs, _ = grpo(trl, tmp_path, prompt=conversation)
    assert logs[0]["reward"] == 0.0
    assert logs[0]["acecoder/unscorable"] == 0.0


def test_a_sample_without_a_verdict_is_masked(trl, service, tmp_path, monkeypatch):
    """The mean is of the three that have one: 0.5, where a zero for the fourth would make it 0.375."""
    limits = '"limits": {"wall_s": 60, "total_wall_s": 60}'
    monkeypatch.setenv("ACECODER_OPTIONS", f'{{"deadline_s": 20, "cache": false, {limits}}}')
    logs, moved = grpo(trl, tmp_path, RIGHT, HALF, WRONG, ASLEEP)
    assert logs[0]["acecoder/unscorable"] == 0.25
    assert logs[0]["rewards/pass_rate/mean"] == pytest.approx(0.5)
    assert moved > 0


def test_a_bad_row_is_masked_and_the_others_train(trl, service, tmp_path):
    """A batch of two prompts, one of them without tests: its samples count in no mean and get no advantage."""
    from datasets import Dataset

    dataset = Dataset.from_list(
        [{"prompt": "Double it.", "tests": TESTS}, {"prompt": "Triple it.", "tests": None}] * GROUP
    )
    written = (RIGHT, HALF, WRONG, "no program")
    logs, moved = grpo(
        trl, tmp_path, *written, dataset=dataset, per_device_train_batch_size=2 * GROUP, shuffle_dataset=False
    )
    assert logs[0]["acecoder/bad_row"] == logs[0]["acecoder/unscorable"] == 0.5
    assert logs[0]["reward"] == logs[0]["acecoder/pass_rate"] == pytest.approx(1.5 / 4)
    assert moved > 0


def test_a_step_without_any_verdict_teaches_nothing(trl, weak, tmp_path, monkeypatch):
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 2, "cache": false}')
    with weak.halted():
        logs, moved = grpo(trl, tmp_path, RIGHT, HALF, WRONG, RIGHT)
    assert logs[0]["acecoder/unscorable"] == 1.0
    assert logs[0]["reward"] is None
    assert moved == 0.0


def test_a_full_queue_and_a_killed_worker(trl, weak, tmp_path):
    """Four completions for a queue of two: the client waits its turn, and a lost worker's work is done again."""
    with weak.killed_at_work():
        logs, _ = grpo(trl, tmp_path, *(slow() for _ in range(GROUP)))
    assert logs[0]["reward"] == 1.0


def test_rloo_takes_a_step(trl, service, tmp_path):
    """It has no ``rollout_func``: the reward says of each completion which of the texts it stands for."""
    from clients.adapters.trl import pass_rate

    texts = cycle([RIGHT, HALF, WRONG, RIGHT])

    def of_written(completions, **row):
        return pass_rate(list(islice(texts, len(completions))), **row)

    folder = tmp_path / "policy"
    tiny.policy().save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    trainer = trl.RLOOTrainer(
        model=str(folder),
        reward_funcs=[of_written],
        args=trl.RLOOConfig(**options(tmp_path, max_steps=1)),
        train_dataset=rows(),
    )
    before = tiny.weights(trainer.model)
    trainer.train()
    logs, moved = changed(trainer, before)
    assert logs[0]["reward"] == pytest.approx(2.5 / 4)
    assert moved > 0


def test_a_reward_model_learns_from_our_pairs(trl, service, tmp_path):
    """Pairs out of real verdicts, with their margin, as the rows that ``acecoder pairs --form trl`` writes."""
    from datasets import Dataset

    from clients import Executor
    from clients.contract import Candidate, Suite
    from clients.pairs import JudgedQuestion, PairForm, preference_pairs, row_of

    answers = [RIGHT, HALF]
    with Executor(service.url) as executor:
        candidates = [Candidate(suite="s", completion=text) for text in answers]
        judged = executor.execute(candidates, [Suite(id="s", asserts=TESTS)]).results
    programs = [each.extraction.program for each in judged]
    question = JudgedQuestion("q", "Double it.", answers, programs, judged)
    made = [row_of(pair, PairForm.TRL, at) for at, pair in enumerate(preference_pairs([question]))]
    assert [row["margin"] for row in made] == [0.5]
    model = tiny.reward_model()
    before = tiny.weights(model)
    skip = {"num_generations", "max_completion_length"}
    arguments = {name: value for name, value in options(tmp_path, max_steps=2).items() if name not in skip}
    trainer = trl.RewardTrainer(
        model=model,
        args=trl.RewardConfig(**arguments),
        train_dataset=Dataset.from_list(made * GROUP),
        processing_class=tiny.tokenizer(),
    )
    trainer.train()
    _, moved = changed(trainer, before)
    assert moved > 0
    assert trainer.state.log_history[0]["margin"] is not None
