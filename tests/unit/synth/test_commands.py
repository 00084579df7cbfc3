"""``acecoder synth run`` in the background of a script: a signal stops it while it waits for a model."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from services.synth.commands import app
from services.synth.pipeline.store import RunStore
from services.synth.run import CONFIG, ROWS, check_folder
from tests.support.background import IN_BACKGROUND

ROOT = Path(__file__).resolve().parents[3]
RUN = [*IN_BACKGROUND, sys.executable, "-c", "from clients.cli.entry import main; main()", "synth", "run"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_that_waits_for_its_model(tmp_path, number):
    with socket.create_server(("127.0.0.1", 0)) as model:  # it accepts connections and answers nothing
        model.settimeout(120)
        url = f"http://127.0.0.1:{model.getsockname()[1]}"
        config = {
            "seeds": {"source": str(ROOT / "examples" / "synth" / "seeds.jsonl"), "first": 1},
            "models": {"coder": {"model": "m", "endpoints": [{"url": url}]}},
            "executor": {"url": url},
        }
        (tmp_path / "run.yaml").write_text(yaml.safe_dump(config))
        process = subprocess.Popen([*RUN, "run.yaml"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                                   env={"PYTHONPATH": str(ROOT), "no_proxy": "*"})  # fmt: skip
        with process:
            try:
                connection, _ = model.accept()
                process.send_signal(number)
                _, printed = process.communicate(timeout=120)
            finally:
                process.kill()
            connection.close()
    assert process.returncode == 130, printed
    assert "interrupted: finished rows are in run; the same command resumes" in printed
    assert "Traceback" not in printed


def test_a_folder_with_files_of_a_user_is_refused_and_not_changed(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("my thesis")
    config = tmp_path / "run.yaml"
    config.write_text(yaml.safe_dump({"seeds": {"source": "seeds.jsonl"}}))
    with pytest.raises(
        ValueError, match=r"holds files that no run wrote \(thesis.txt\); give -o a new or empty folder"
    ):
        check_folder(out, config)
    with pytest.raises(ValueError, match="is a file; give -o the name of a folder"):
        check_folder(out / "thesis.txt", config)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]
    (out / "run.sqlite").touch()
    check_folder(out, config)


def test_the_folder_of_the_configuration_may_hold_its_seeds(tmp_path):
    config = tmp_path / "run.yaml"
    for name in ("run.yaml", "seeds.jsonl", "question.md"):
        (tmp_path / name).touch()
    check_folder(tmp_path, config)
    (tmp_path / "dataset").mkdir()
    with pytest.raises(ValueError, match=r"no run wrote \(dataset\)"):
        check_folder(tmp_path, config)


@pytest.fixture
def folder(tmp_path):
    """The folder of a run that has no rows yet."""
    made = tmp_path / "run"
    made.mkdir()
    with RunStore(made / ROWS):
        pass
    config = {
        "seeds": {"source": "seeds.jsonl"},
        "models": {"coder": {"model": "m", "endpoints": [{"url": "http://m"}]}},
    }
    (made / CONFIG).write_text(yaml.safe_dump(config))
    return made


def test_export_replaces_a_file_only_if_it_is_told_to(folder, tmp_path):
    out = tmp_path / "thesis.jsonl"
    out.write_text("my thesis")
    refused = CliRunner().invoke(app, ["synth", "export", str(folder), "-o", str(out)])
    assert refused.exit_code == 1
    assert "exists already; give -o another name, or --force to replace it" in " ".join(
        refused.output.split()
    )
    assert out.read_text() == "my thesis"
    assert CliRunner().invoke(app, ["synth", "export", str(folder), "-o", str(out), "--force"]).exit_code == 0
    assert out.read_text() == ""


def test_show_replaces_a_file_only_if_it_is_told_to(folder, tmp_path):
    out = tmp_path / "thesis.svg"
    out.write_text("my thesis")
    refused = CliRunner().invoke(app, ["synth", "show", str(folder), "row", "-o", str(out)])
    assert "exists already" in " ".join(refused.output.split())
    missing = CliRunner().invoke(app, ["synth", "show", str(folder), "row", "-o", str(out), "--force"])
    assert "there is no row 'row'" in " ".join(missing.output.split())
    assert out.read_text() == "my thesis"


def test_a_picture_in_a_folder_that_does_not_exist_is_refused(folder, tmp_path):
    out = tmp_path / "away" / "life.svg"
    refused = CliRunner().invoke(app, ["synth", "show", str(folder), "row", "-o", str(out)])
    assert "make it, or give -o another name" in " ".join(refused.output.split())
