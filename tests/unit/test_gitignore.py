"""``.gitignore`` names no source: wheels and ruff leave out what it names, also where git tracks it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None, reason="needs a git checkout"
)


def tracked(*options):
    command = ["git", "ls-files", "--cached", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_no_tracked_file_is_ignored():
    assert "clients/runs/judge.py" in tracked()
    assert tracked("--ignored", "--exclude-per-directory=.gitignore") == []
