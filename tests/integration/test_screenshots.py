"""The pages of the service and the report fit a laptop and a phone, in a real Chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loop.config import LoopConfig, write_config
from loop.folder import RunFolder
from tests.unit.loop.report import invented

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.skipif(
        not shutil.which(os.environ.get("CHROMIUM", "chromium")), reason="Chromium is not installed"
    ),
    pytest.mark.timeout(600),  # it judges the whole sample
]


def take(*arguments):
    pytest.importorskip("matplotlib")
    pytest.importorskip("PIL")
    ended = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "images" / "take.py"), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_pictures_can_be_taken_and_no_page_is_wider_than_its_window(tmp_path):
    take(tmp_path)
    taken = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    pictures = {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
    assert set(taken) == {name for name in pictures if not name.startswith("loop-")}
    assert all(5_000 < size < 150_000 for size in taken.values()), taken


def test_the_report_of_a_loop_fits_a_phone(tmp_path):
    run, pictures = RunFolder(tmp_path / "run"), tmp_path / "pictures"
    pictures.mkdir()
    results = invented.results()
    for step, part in {
        "world": results.world, "synthesise": results.dataset, "best_of_n": results.best_of_n, "rl": results.rl,
        "ablations": results.ablations, "examples": results.examples, "report": results,
    }.items():  # fmt: skip
        run.write_results(step, part)
    write_config(LoopConfig(name="invented"), run.config_file)
    take(pictures, "--loop", run.root, "--only-loop")
    taken = {path.name: path.stat().st_size for path in pictures.iterdir()}
    assert set(taken) == {"loop-1200.png", "loop-400.png", "loop-flow.svg"}
    assert all(5_000 < size < 150_000 for size in taken.values()), taken
