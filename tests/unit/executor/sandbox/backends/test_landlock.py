"""Whether profile D can be had on a machine, and the folders of its jails."""

import os
import tempfile

import pytest

from services.executor.sandbox.backends import landlock as backend
from services.executor.sandbox.backends.owners import owner_label


@pytest.fixture
def user(monkeypatch):
    """This process is an ordinary user."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.parametrize(
    ("version", "words"), [(0, "no Landlock"), (2, "has version 2 of Landlock; version 3"), (3, ""), (7, "")]
)
def test_the_versions_of_landlock(user, monkeypatch, version, words):
    monkeypatch.setattr(backend, "landlock_version", lambda: version)
    if words:
        assert words in backend.obstacle()
    else:
        assert backend.obstacle() == ""


def test_root_and_unknown_processors_are_refused(user, monkeypatch):
    monkeypatch.setattr(backend, "landlock_version", lambda: 7)
    monkeypatch.setattr(backend, "_PROCESSORS", ("riscv64",))
    assert "no system-call table" in backend.obstacle()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "run it as an ordinary user" in backend.obstacle()


def test_the_folders_of_workers_that_have_ended_are_found_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _pid, _, namespace = owner_label().partition("-")
    gone = tmp_path / f"{backend._FOLDER}4194305-{namespace}-x"  # above the largest pid
    foreign = tmp_path / f"{backend._FOLDER}4194305-1-x"
    for folder in (gone, foreign):
        folder.mkdir()
    ours = [backend._make_folder() for _ in range(2)]
    assert backend._leftovers() == [str(gone)]
    assert all((folder / "scratch").is_dir() for folder in ours)
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in ours)
