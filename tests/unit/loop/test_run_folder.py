"""A loop starts in a folder that is new, empty or its own: it removes files of the names that its steps use."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.runs.folder_lock import LOCK
from loop.commands import app
from loop.config import LoopConfig, write_config
from loop.run import check_run_folder

CONFIG = LoopConfig()


def own_run(folder: Path, **options: object) -> None:
    (folder / "models").mkdir(parents=True)
    (folder / LOCK).touch()
    write_config(LoopConfig.model_validate(options), folder / "config.yaml")


def test_a_new_an_empty_and_its_own_folder_are_taken(tmp_path: Path) -> None:
    check_run_folder(tmp_path / "new", CONFIG)
    check_run_folder(tmp_path, CONFIG)
    (tmp_path / ".gitkeep").touch()
    (tmp_path / LOCK).touch()  # a run that was killed at its start
    check_run_folder(tmp_path, CONFIG)
    own_run(tmp_path)
    check_run_folder(tmp_path, CONFIG)
    check_run_folder(tmp_path, LoopConfig.model_validate({"rl": {"steps": 3}}))


def test_a_folder_with_files_of_a_user_is_refused_by_their_names(tmp_path: Path) -> None:
    for name in ("models", "notes", "rl", "thesis"):
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=r"holds files that no loop wrote \(models, notes, rl, …\)") as error:
        check_run_folder(tmp_path, CONFIG)
    assert "give -o a new or empty folder" in str(error.value)


def test_a_run_of_synthesis_is_not_that_of_a_loop(tmp_path: Path) -> None:
    """It has a lock and a configuration of the same names."""
    (tmp_path / LOCK).touch()
    (tmp_path / "config.yaml").write_text("seeds: {source: seeds.jsonl}\n")
    with pytest.raises(
        ValueError, match=r"holds no run of a loop: .*seeds: unknown field.*give -o another folder"
    ):
        check_run_folder(tmp_path, CONFIG)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "mine"}, "holds a run with name 'small-world', and the configuration has 'mine'"),
        ({"seed": 1}, "holds a run with seed 0, and the configuration has 1"),
    ],
)
def test_a_run_of_another_configuration_is_refused(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    own_run(tmp_path)
    with pytest.raises(ValueError, match=words):
        check_run_folder(tmp_path, LoopConfig.model_validate(options))


def test_the_command_changes_nothing_in_a_folder_that_it_refuses(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("name: small-world\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("my thesis")
    ended = CliRunner().invoke(app, [str(tmp_path / "config.yaml"), "-o", str(out)])
    assert ended.exit_code == 1
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]
    file = out / "thesis.txt"
    with pytest.raises(ValueError, match="is a file; give -o the name of a folder"):
        check_run_folder(file, CONFIG)
