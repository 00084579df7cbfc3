"""Profile D's scratch folders: made with a name that cannot be guessed, and removed whatever a program left in them.

What Landlock refuses is tested with real programs, in ``tests/sandbox/test_landlock.py``.
"""

import os

import pytest

from services.executor.sandbox.guest.supervisor import landlock
from services.executor.sandbox.guest.supervisor.landlock import HostView


@pytest.fixture
def view(tmp_path):
    (tmp_path / "scratch").mkdir()
    return HostView([], str(tmp_path / "scratch"), landlock_version=3, sets_home=True)


def test_a_scratch_folder_is_private_and_has_a_name_of_its_own(view):
    first, second = view.make_scratch(), view.make_scratch()
    assert first != second
    assert os.stat(first).st_mode & 0o777 == 0o700


def test_an_empty_folder_is_removed_at_once(view):
    scratch = view.make_scratch()
    view.remove(scratch)
    assert not os.path.exists(scratch)
    view.remove(scratch)  # it is gone already


def test_a_tree_that_is_deeper_than_any_path_is_removed(view):
    scratch = view.make_scratch()
    here = os.getcwd()
    try:
        os.chdir(scratch)
        for _ in range(60):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
            open("file", "w").close()
    finally:
        os.chdir(here)
    landlock.remove_tree(scratch)
    assert not os.path.exists(scratch)


def test_links_are_removed_and_not_followed(view, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    scratch = view.make_scratch()
    os.symlink(kept, f"{scratch}/folder")
    os.symlink(kept / "file", f"{scratch}/file")
    os.symlink("nowhere", f"{scratch}/broken")
    os.mkdir(f"{scratch}/inner")
    os.symlink(kept, f"{scratch}/inner/folder")
    landlock.remove_tree(scratch)
    assert not os.path.exists(scratch)
    assert (kept / "file").read_text() == "x"
    assert kept.stat().st_mode & 0o777 != 0o700


def test_folders_without_any_right_are_removed(view):
    scratch = view.make_scratch()
    os.makedirs(f"{scratch}/a/b/c")
    for name in ("a/b/c", "a/b", "a"):
        os.chmod(f"{scratch}/{name}", 0)
    landlock.remove_tree(scratch)
    assert not os.path.exists(scratch)


def test_what_jails_left_that_have_ended_is_removed(tmp_path):
    leftover = tmp_path / "leftover"
    (leftover / "a").mkdir(parents=True)
    HostView([], str(tmp_path), landlock_version=3, sets_home=True, leftovers=[str(leftover)])
    assert not leftover.exists()


def test_a_folder_that_does_not_exist_is_no_fault(tmp_path):
    landlock.remove_tree(str(tmp_path / "none"))
