"""``acecoder synth run`` in the background of a script: a signal stops it while it waits for a model."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services.synth.run import check_folder
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
