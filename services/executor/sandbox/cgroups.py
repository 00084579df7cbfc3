"""Which control groups a jail can have on this machine, as options for nsjail.

Version 1 or 2, whichever has memory and pids controllers we may create groups under; neither: ``None``, and
the jail stands on rlimits alone (the self-check says so). Groups are made under one parent per jail, removed by
``Cgroups.remove``; parents left by workers that were killed are removed by the next jail to start.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PREFIX = "acecoder-"
_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Cgroups:
    """The parents of one jail's groups."""

    version: int
    parents: tuple[Path, ...]
    """Version 1: of memory and pids. Version 2: the one group."""

    def options(self, memory_bytes: int, processes: int) -> dict[str, Any]:
        """Return nsjail's options for these caps."""
        caps: dict[str, Any] = {"cgroup_mem_max": memory_bytes, "cgroup_pids_max": processes}
        if self.version == 2:
            return {**caps, "use_cgroupv2": True, "cgroupv2_mount": str(self.parents[0])}
        memory, pids = self.parents
        return {
            **caps,
            "cgroup_mem_mount": str(memory.parent),
            "cgroup_mem_parent": memory.name,
            "cgroup_pids_mount": str(pids.parent),
            "cgroup_pids_parent": pids.name,
        }

    def remove(self) -> None:
        """Remove the parents and whatever empty groups are left in them."""
        for parent in self.parents:
            _remove(parent)


def create(name: str) -> Cgroups | None:
    """Make the parents for a jail called ``name``; ``None`` where that cannot be done."""
    _sweep()
    label = f"{_PREFIX}{os.getpid()}-{name}"
    return _create_v1(label) or _create_v2(label)


def _create_v1(label: str) -> Cgroups | None:
    made: list[Path] = []
    for controller in ("memory", "pids"):
        parent = _ROOT / controller / label
        try:
            parent.mkdir(exist_ok=True)
        except OSError:
            for earlier in made:
                _remove(earlier)
            return None
        made.append(parent)
    return Cgroups(1, tuple(made))


def _create_v2(label: str) -> Cgroups | None:
    try:
        controllers = (_ROOT / "cgroup.controllers").read_text().split()
        if not {"memory", "pids"} <= set(controllers):
            return None
        (_ROOT / "cgroup.subtree_control").write_text("+memory +pids")
        parent = _ROOT / label
        parent.mkdir(exist_ok=True)
        (parent / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        return None
    return Cgroups(2, (parent,))


def _remove(parent: Path) -> None:
    for group in sorted(parent.glob("**/"), reverse=True):
        with suppress(OSError):
            group.rmdir()


def _sweep() -> None:
    """Remove the groups of workers that are gone."""
    for parent in [*_ROOT.glob(f"{_PREFIX}*"), *_ROOT.glob(f"*/{_PREFIX}*")]:
        pid = parent.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            _remove(parent)
