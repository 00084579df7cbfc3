"""Control groups, on a fake tree in place of /sys/fs/cgroup."""

import errno
import os

import pytest

from services.executor.sandbox.backends import cgroups
from services.executor.sandbox.backends.owners import owner_label

NO_PROCESS = 2**22 + 1
"""A pid above the largest that the kernel assigns."""


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "_ROOT", tmp_path / "groups")
    monkeypatch.setattr(cgroups, "_OWN", tmp_path / "own")
    (tmp_path / "own").write_text("12:memory:/elsewhere\n0::/\n")
    (tmp_path / "groups").mkdir()
    return tmp_path / "groups"


def test_version_1_has_a_parent_under_each_controller(root):
    for controller in ("memory", "pids", "cpu"):
        (root / controller).mkdir()
    made = cgroups.create("0-base")
    assert made.version == 1
    assert made.parents == (
        root / "memory" / f"acecoder-{owner_label()}-0-base",
        root / "pids" / f"acecoder-{owner_label()}-0-base",
    )
    options = made.options(2**30, 64)
    assert options["cgroup_mem_max"] == 2**30
    assert options["cgroup_pids_max"] == 64
    assert options["cgroup_mem_mount"] == str(root / "memory")
    assert "use_cgroupv2" not in options
    (made.parents[0] / "NSJAIL.1").mkdir()
    made.remove()
    assert not [path for parent in made.parents for path in [parent] if path.exists()]


def test_version_2_has_one_parent_with_its_controllers_on(root):
    (root / "cgroup.controllers").write_text("cpu memory pids\n")
    (root / "cgroup.subtree_control").write_text("")
    made = cgroups.create("1-base")
    assert made.version == 2
    assert (root / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (made.parents[0] / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert made.options(1, 2) == {
        "cgroup_mem_max": 1,
        "cgroup_pids_max": 2,
        "use_cgroupv2": True,
        "cgroupv2_mount": str(made.parents[0]),
    }


def test_without_the_controllers_there_are_none(root):
    assert cgroups.create("0-base") is None
    (root / "cgroup.controllers").write_text("cpu io\n")
    (root / "cgroup.subtree_control").write_text("")
    assert cgroups.create("0-base") is None


def test_a_group_of_version_1_is_removed_if_the_other_cannot_be_made(root):
    (root / "memory").mkdir()
    assert cgroups.create("0-base") is None
    assert list((root / "memory").iterdir()) == []


def test_groups_of_workers_that_are_gone_are_swept(root):
    for controller in ("memory", "pids"):
        for pid in (NO_PROCESS, os.getpid()):
            label = owner_label().replace(str(os.getpid()), str(pid), 1)
            (root / controller / f"acecoder-{label}-9-base" / "NSJAIL.5").mkdir(parents=True)
        (root / controller / "of-another-program").mkdir()
    cgroups.create("0-base")
    left = sorted(path.name for path in (root / "memory").iterdir())
    assert left == sorted(
        [f"acecoder-{owner_label()}-0-base", f"acecoder-{owner_label()}-9-base", "of-another-program"]
    )


def test_groups_of_workers_in_other_containers_are_left_alone(root):
    """Their pids mean other processes, or none, in this pid namespace."""
    for controller in ("memory", "pids"):
        (root / controller / f"acecoder-{NO_PROCESS}-1-9-base").mkdir(parents=True)
        (root / controller / f"acecoder-{NO_PROCESS}-base").mkdir()
    cgroups.create("0-base")
    left = {path.name for path in (root / "memory").iterdir()}
    assert {f"acecoder-{NO_PROCESS}-1-9-base", f"acecoder-{NO_PROCESS}-base"} <= left


def v2(group, controllers="cpu memory pids"):
    group.mkdir(parents=True, exist_ok=True)
    (group / "cgroup.controllers").write_text(controllers + "\n")
    (group / "cgroup.subtree_control").write_text("")
    return group


def test_a_group_delegated_to_a_service_is_used_before_the_root(root):
    v2(root)
    service = v2(root / "system.slice" / "acecoder.service")
    own = v2(service / "worker")
    (own / "cgroup.subtree_control").unlink()
    (own / "cgroup.subtree_control").mkdir()  # as a group with processes of its own, it cannot be written
    (root.parent / "own").write_text("0::/system.slice/acecoder.service/worker\n")
    made = cgroups.create("0-base")
    assert made.parents == (service / f"acecoder-{owner_label()}-0-base",)
    assert cgroups.obstacle() == ""


def test_an_obstacle_is_named_with_what_to_do(root, monkeypatch):
    assert cgroups.obstacle() == "no memory and pids controllers under /sys/fs/cgroup; mount cgroups there"
    v2(root, "cpu io")
    assert "mount cgroups there" in cgroups.obstacle()
    v2(root)

    def refused(number):
        def write_text(path, text):
            raise OSError(number, os.strerror(number), str(path))

        return write_text

    for number, words in [
        (errno.EROFS, "mounted read-only; give the worker's container a writable one"),
        (errno.EBUSY, "move them to a group below it"),
        (errno.EACCES, "add CAP_DAC_OVERRIDE"),
        (errno.EINVAL, "Invalid argument"),
    ]:
        monkeypatch.setattr(type(root), "write_text", refused(number))
        assert words in cgroups.obstacle()
    assert sorted(path.name for path in root.iterdir()) == ["cgroup.controllers", "cgroup.subtree_control"]


def test_looking_for_obstacles_leaves_no_group(root):
    for controller in ("memory", "pids"):
        (root / controller).mkdir()
    assert cgroups.obstacle() == ""
    assert not list((root / "memory").iterdir())
