"""The step ``reward_model``: whether it begins, goes on or does nothing. The command itself is a mock here."""

from pathlib import Path

import pytest

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.steps import reward_model
from loop.steps.context import StepContext


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    given: list[list[str]] = []
    monkeypatch.setattr(reward_model, "run_acecoder", lambda arguments, _: given.append(list(arguments)))
    return given


def train(root: Path) -> Path:
    out = root / "reward"
    reward_model.train_reward_model(StepContext(RunFolder(root), LoopConfig()), root / "pairs.jsonl.gz", out)
    return out


def test_what_a_killed_training_left_before_its_first_state_is_removed(
    tmp_path: Path, commands: list[list[str]]
) -> None:
    left = tmp_path / "reward" / "manifest.json"
    left.parent.mkdir()
    left.touch()
    (left.parent / "state" / ".half").mkdir(parents=True)
    train(tmp_path)
    assert not left.exists()
    assert "--resume" not in commands[0]


def test_a_killed_training_goes_on_from_its_saved_state(tmp_path: Path, commands: list[list[str]]) -> None:
    state = tmp_path / "reward" / "state" / "step-00000050"
    state.mkdir(parents=True)
    train(tmp_path)
    assert state.exists()
    assert commands[0][0] == "train-rm"
    assert "--resume" in commands[0]


def test_a_finished_training_is_not_repeated(tmp_path: Path, commands: list[list[str]]) -> None:
    (tmp_path / "reward").mkdir()
    (tmp_path / "reward" / "report.json").touch()
    train(tmp_path)
    assert commands == []


def test_further_arguments_reach_the_command(tmp_path: Path, commands: list[list[str]]) -> None:
    config = LoopConfig.model_validate({"reward_model": {"arguments": ["--head-only"]}})
    context = StepContext(RunFolder(tmp_path), config)
    reward_model.train_reward_model(context, tmp_path / "pairs.jsonl.gz", tmp_path / "reward")
    assert "--head-only" in commands[0]
