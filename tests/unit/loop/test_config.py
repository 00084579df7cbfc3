from pathlib import Path

import pytest

from loop.config import LoopConfig, read_loop_config, write_config


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


@pytest.mark.parametrize("name", ["small", "real"])
def test_the_examples_can_be_read(name: str) -> None:
    read_loop_config(Path(__file__).parents[3] / "examples" / "loop" / f"{name}.yaml")


def test_the_small_example_names_the_defaults_and_changes_none() -> None:
    example = read_loop_config(Path(__file__).parents[3] / "examples" / "loop" / "small.yaml")
    assert example == LoopConfig()
