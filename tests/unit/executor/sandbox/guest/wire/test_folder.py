"""Two folders stay alike; what a hostile sender writes stays below the folder and follows no link."""

import os

import pytest

from services.executor.sandbox.guest.wire.codec import WireError
from services.executor.sandbox.guest.wire.folder import MAX_ENTRIES, CarriedFolder

BUDGET = 1 << 20


@pytest.fixture
def sides(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    return CarriedFolder(str(tmp_path / "here")), CarriedFolder(str(tmp_path / "there"))


def carry(sender: CarriedFolder, receiver: CarriedFolder) -> list[str]:
    entries, left_out = sender.changes(BUDGET)
    changed, lost = receiver.apply(entries)
    assert not lost
    assert len(changed) == len(entries)
    return left_out


def content(folder: CarriedFolder) -> dict[str, tuple[int, int, bytes | None]]:
    found = {}
    for parent, folders, files in os.walk(folder.root):
        for name in folders:
            found[os.path.relpath(os.path.join(parent, name), folder.root)] = (0, 0, None)
        for name in files:
            path = os.path.join(parent, name)
            status = os.stat(path)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder.root)] = (
                    status.st_mode & 0o777,
                    status.st_mtime_ns,
                    file.read(),
                )
    return found


def put(folder: CarriedFolder, path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(os.path.join(folder.root, path)), exist_ok=True)
    with open(os.path.join(folder.root, path), "wb") as file:
        file.write(data)


def test_both_sides_have_the_same_after_each_exchange(sides):
    here, there = sides
    put(here, "a.txt", b"1")
    put(here, "deep/er/b.bin", bytes(range(256)))
    os.chmod(os.path.join(here.root, "a.txt"), 0o444)
    carry(here, there)
    assert content(here) == content(there)
    put(there, "deep/c", b"new")
    os.unlink(os.path.join(there.root, "deep/er/b.bin"))
    os.rmdir(os.path.join(there.root, "deep/er"))
    carry(there, here)
    assert content(here) == content(there)
    assert here.changes(BUDGET) == there.changes(BUDGET) == ([], [])


def test_a_change_of_the_same_size_within_one_tick_of_the_clock_is_seen(sides):
    here, there = sides
    for data in (b"1", b"2", b"3"):
        put(here, "a", data)
        os.utime(os.path.join(here.root, "a"), ns=(5, 5))
        carry(here, there)
        assert content(there)["a"][2] == data


def test_a_file_becomes_a_folder_and_back(sides):
    here, there = sides
    put(here, "a", b"1")
    carry(here, there)
    os.unlink(os.path.join(here.root, "a"))
    put(here, "a/b", b"2")
    carry(here, there)
    assert content(here) == content(there)


def test_links_pipes_and_large_files_are_left_out_by_name(sides):
    here, there = sides
    os.symlink("/etc/passwd", os.path.join(here.root, "link"))
    os.mkfifo(os.path.join(here.root, "pipe"))
    put(here, "large", bytes(2 * BUDGET))
    put(here, "small", b"x")
    assert sorted(carry(here, there)) == ["large", "link", "pipe"]
    assert list(content(there)) == ["small"]


def test_a_file_that_grew_too_large_is_removed_on_the_other_side(sides):
    here, there = sides
    put(here, "a", b"1")
    carry(here, there)
    put(here, "a", bytes(2 * BUDGET))
    assert carry(here, there) == ["a"]
    assert content(there) == {}


@pytest.mark.parametrize(
    "entries",
    [
        None,
        [["../x", 420, 0, ""]],
        [["/x", 420, 0, ""]],
        [["", 0]],
        [["a//b", 0]],
        [["a/./b", 0]],
        [["\0", 0]],
        [["\ud800", 0]],
        [["/".join("a" * 21), 0]],
        [["a" * 256, 0]],
        [["x", 420, 0, 5]],
        [["x", True, 0, ""]],
        [["x", 420, -1, ""]],
        [["x", 420, 0]],
        [["x", 0]] * (2 * MAX_ENTRIES + 1),
    ],
)
def test_what_is_no_list_of_files_below_the_folder_is_refused(sides, entries):
    with pytest.raises(WireError):
        sides[0].apply(entries)


def test_no_link_is_followed(sides, tmp_path):
    here, _there = sides
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    os.symlink(outside, os.path.join(here.root, "link"))
    os.symlink(outside / "kept", os.path.join(here.root, "file"))
    entries = [
        ["link/kept", 420, 0, "eA=="],
        ["link/kept"],
        ["link/new", 0],
        ["file", 420, 0, "eA=="],
        ["link", 0],
    ]
    assert here.apply(entries)[0] == []
    assert os.listdir(outside) == ["kept"]
    assert (outside / "kept").read_text() == "kept"


def test_clearing_leaves_nothing_and_touches_nothing_outside(sides, tmp_path):
    here, _there = sides
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    put(here, "a/b/c", b"1")
    os.symlink(outside, os.path.join(here.root, "a/link"))
    os.chmod(os.path.join(here.root, "a/b"), 0)
    here.clear()
    assert os.listdir(here.root) == []
    assert os.listdir(outside) == ["kept"]
