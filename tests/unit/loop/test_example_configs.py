"""The configurations in examples/loop can be read, and hold what their pages say."""

from pathlib import Path

import pytest

from loop.config import RealModels, read_loop_config
from loop.rl.presets import grpo_arguments

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "loop"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_configuration_can_be_read(path):
    assert read_loop_config(path).rl.runs


@pytest.mark.parametrize("name", ["real", "real_small"])
def test_the_real_ones_name_models_of_the_users_own(name):
    assert isinstance(read_loop_config(EXAMPLES / f"{name}.yaml").world, RealModels)


@pytest.mark.parametrize("name", ["real", "real_small"])
@pytest.mark.parametrize("run", ["rule", "reward_model"])
def test_batches_of_rl_can_be_divided(name, run):
    config = read_loop_config(EXAMPLES / f"{name}.yaml")
    assert grpo_arguments(config.rl, run, longest_answer=8, seed=0)["learning_rate"] == config.rl.lr
