"""The configurations of RL for TRL, verl and OpenRLHF have the same hyper-parameters: those of AceCoder."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from loop.rl.presets import PAPER

FOLDER = Path(__file__).parents[2] / "examples" / "rl"
PER_UPDATE = PAPER.prompts_per_step * PAPER.samples_per_prompt // PAPER.updates_per_step


def openrlhf():
    """Return the script's arguments: name → values."""
    text = (FOLDER / "openrlhf.sh").read_text().partition("train_ppo_ray")[2].replace("\\\n", " ")
    arguments = {}
    for word in shlex.split(text):
        if word.startswith("--"):
            values = arguments.setdefault(word[2:], [])
        else:
            values.append(word)
    return arguments


def test_openrlhf_has_the_papers():
    numbers = {
        "rollout.batch_size": [PAPER.prompts_per_step],
        "rollout.n_samples_per_prompt": [PAPER.samples_per_prompt],
        "train.batch_size": [PER_UPDATE],
        "actor.adam.lr": [PAPER.lr],
        "actor.adam.betas": [0.9, 0.95],
        "actor.lr_warmup_ratio": [PAPER.warmup_share],
        "actor.eps_clip": [PAPER.clip],
        "actor.max_norm": [1.0],
        "algo.kl.init_coef": [PAPER.beta],
        "rollout.temperature": [PAPER.temperature],
        "rollout.max_new_tokens": [2048],
        "reward.clip_range": [-10, 10],
    }
    arguments = openrlhf()
    assert {name: list(map(float, arguments[name])) for name in numbers} == numbers
    assert arguments["algo.advantage.estimator"] == ["reinforce"]


def test_verl_has_the_papers():
    config = yaml.safe_load((FOLDER / "verl.yaml").read_text())
    actor, rollout = (config["actor_rollout_ref"][name] for name in ("actor", "rollout"))
    assert (config["data"]["train_batch_size"], rollout["n"]) == (
        PAPER.prompts_per_step,
        PAPER.samples_per_prompt,
    )
    assert actor["ppo_mini_batch_size"] * rollout["n"] == PER_UPDATE
    assert (float(actor["optim"]["lr"]), actor["optim"]["betas"]) == (PAPER.lr, [0.9, 0.95])
    assert actor["optim"]["lr_warmup_steps_ratio"] == PAPER.warmup_share
    assert {actor[name] for name in ("clip_ratio", "clip_ratio_low", "clip_ratio_high")} == {PAPER.clip}
    assert config["algorithm"]["kl_ctrl"]["kl_coef"] == PAPER.beta
    assert rollout["temperature"] == PAPER.temperature
    assert config["reward"]["custom_reward_function"]["path"] == "pkg://acecoder.adapters.verl"


def test_the_script_for_trl_has_the_papers():
    pytest.importorskip("trl")
    from examples.rl.train import COMMON, PRESETS, SCALE

    assert PRESETS["paper"] == {
        "prompts": PAPER.prompts_per_step,
        "samples": PAPER.samples_per_prompt,
        "updates": PAPER.updates_per_step,
        "steps": PAPER.steps,
        "lr": PAPER.lr,
        "tokens": 2048,
    }
    assert (COMMON["beta"], COMMON["epsilon"], COMMON["warmup_steps"]) == (
        PAPER.beta,
        PAPER.clip,
        PAPER.warmup_share,
    )
    assert SCALE[PAPER.algorithm] == "batch"


def test_the_pages_say_which_versions_were_checked():
    text = (FOLDER / "README.md").read_text()
    versions = re.findall(r"(verl|OpenRLHF) (\d+\.\d+\.\d+)", text)
    pinned = (FOLDER.parents[1] / "docs" / "frameworks.md").read_text()
    assert versions
    assert all(f"{name} {version}" in pinned for name, version in versions)
