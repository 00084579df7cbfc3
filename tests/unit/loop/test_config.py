from pathlib import Path

import pytest
import yaml

from loop.config import LoopConfig, RealModels, read_loop_config, write_config


def test_a_written_configuration_is_read_as_it_was(tmp_path: Path) -> None:
    config = LoopConfig.model_validate({"seed": 3, "rl": {"steps": 5}})
    write_config(config, tmp_path / "config.yaml")
    assert read_loop_config(tmp_path / "config.yaml") == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rl: {stepz: 5}", r"rl\.stepz: unknown field; remove it or correct its name"),
        ("rl: {steps: 0}", r"rl\.steps: should be greater than or equal to 1"),
        ("world: medium", r"world: .*'small'"),
        ("world: {policy: x}", r"world\.questions: required; add it"),
        ("- a list", "give a mapping with 'name'"),
        ("a: [", "not YAML"),
    ],
)
def test_an_error_names_the_file_the_field_and_the_fix(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as raised:
        read_loop_config(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("name", ["small", "real", "real_small"])
def test_the_examples_can_be_read(name: str) -> None:
    read_loop_config(Path(__file__).parents[3] / "examples" / "loop" / f"{name}.yaml")


def test_the_small_example_names_the_defaults_and_changes_none() -> None:
    example = read_loop_config(Path(__file__).parents[3] / "examples" / "loop" / "small.yaml")
    assert example == LoopConfig()


WORLD = {
    "questions": "q.jsonl", "policy": "models/p", "policy_url": "http://p/v1", "writer_url": "http://w/v1",
    "writer_model": "w", "solver_url": "http://s/v1", "solver_model": "s",
}  # fmt: skip


def test_real_models_have_no_learning_rate_of_a_small_policy() -> None:
    config = LoopConfig.model_validate({"world": WORLD, "rl": {"steps": 3}})
    assert (config.rl.steps, config.rl.lr, config.rl.score_lr, config.rl.score_beta) == (3, 5e-7, None, None)
    assert (config.reward_model.lr, config.longest_answer) == (None, 1024)
    assert LoopConfig().rl.score_lr == 1e-4


def test_options_that_are_named_take_precedence_over_the_defaults_of_real_models() -> None:
    values = {
        "world": WORLD,
        "rl": {"lr": 1e-4, "score_lr": 2e-5},
        "longest_answer": 7,
        "synthesise": {"tests": 3},
    }
    config = LoopConfig.model_validate(values)
    assert (config.rl.lr, config.rl.score_lr, config.rl.score_beta) == (1e-4, 2e-5, None)
    assert (config.longest_answer, config.synthesise.tests, config.synthesise.temperature) == (7, 3, 0.7)


def test_files_are_found_beside_the_configuration_and_names_on_the_hub_stay(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").touch()
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"world": WORLD}))
    world = read_loop_config(path).world
    assert isinstance(world, RealModels)
    assert (world.questions, world.policy) == (str(tmp_path / "q.jsonl"), "models/p")
    (tmp_path / "models" / "p").mkdir(parents=True)
    world = read_loop_config(path).world
    assert isinstance(world, RealModels)
    assert (world.policy, world.policy_model) == (str(tmp_path / "models" / "p"), "models/p")
