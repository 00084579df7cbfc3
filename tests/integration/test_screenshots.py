"""The pages of the service and the report fit a laptop and a phone, in a real Chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.skipif(
        not shutil.which(os.environ.get("CHROMIUM", "chromium")), reason="Chromium is not installed"
    ),
    pytest.mark.timeout(600),  # it judges the whole sample
]


def test_the_pictures_can_be_taken_and_no_page_is_wider_than_its_window(tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("PIL")
    ended = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "images" / "take.py"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    taken = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(taken) == {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
    assert all(5_000 < size < 150_000 for size in taken.values()), taken
