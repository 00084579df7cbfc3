"""The configurations in examples/loop can be read, and hold what their pages say."""

from pathlib import Path

import pytest

from loop.config import RealModels, read_loop_config

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "loop"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_configuration_can_be_read(path):
    assert read_loop_config(path).rl.runs


def test_the_real_one_names_models_of_the_users_own():
    assert isinstance(read_loop_config(EXAMPLES / "real.yaml").world, RealModels)
