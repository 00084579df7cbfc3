"""Which control groups a jail can have on this machine, as options for nsjail.

Version 1 or 2, whichever has memory and pids controllers we may create groups under; neither: ``None``, and
the jail stands on rlimits alone (``obstacle`` says why). Groups are made under one parent per jail, removed by
``Cgroups.remove``; parents left by workers that were killed are removed by the next jail to start.
"""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PREFIX = "acecoder-"
_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


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
    try:
        return _create(name)
    except OSError:
        return None


def obstacle() -> str:
    """Say why a jail can have no groups here, and what to do; empty if it can. Leaves nothing behind."""
    try:
        _create("doctor").remove()
    except OSError as error:
        where = error.filename or _ROOT
        return _WORDS.get(error.errno or 0, "{error}").format(where=where, error=error)
    return ""


_WORDS = {
    errno.ENOENT: "no memory and pids controllers under /sys/fs/cgroup; mount cgroups there",
    errno.EROFS: "{where} is mounted read-only; give the worker's container a writable one",
    errno.EACCES: "{where} is not ours to write; add CAP_DAC_OVERRIDE for root, or delegate a group to the user",
    errno.EPERM: "{where} is not ours to write; delegate a group to the user",
    errno.EBUSY: "{where} has processes of its own; move them to a group below it before workers start",
}


def _create(name: str) -> Cgroups:
    _sweep()
    label = f"{_PREFIX}{os.getpid()}-{name}"
    if (_ROOT / "cgroup.controllers").exists():
        return _create_v2(label)
    return _create_v1(label)


def _create_v1(label: str) -> Cgroups:
    made: list[Path] = []
    for controller in ("memory", "pids"):
        parent = _ROOT / controller / label
        try:
            parent.mkdir(exist_ok=True)
        except OSError:
            for earlier in made:
                _remove(earlier)
            raise
        made.append(parent)
    return Cgroups(1, tuple(made))


def _create_v2(label: str) -> Cgroups:
    first: OSError | None = None
    for base in _bases_v2():
        try:
            return _create_below(base, label)
        except OSError as error:
            first = first or error
    assert first is not None  # there is a base, and it failed
    raise first


def _bases_v2() -> list[Path]:
    """Groups to try: the worker's own, the one above (what is delegated to a service), the root."""
    lines = _OWN.read_text().splitlines()
    own = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    group = _ROOT / own.lstrip("/")
    return list(dict.fromkeys([group, *([group.parent] if group != _ROOT else []), _ROOT]))


def _create_below(base: Path, label: str) -> Cgroups:
    controllers = (base / "cgroup.controllers").read_text().split()
    if not {"memory", "pids"} <= set(controllers):
        raise FileNotFoundError(errno.ENOENT, "no memory and pids controllers", str(base))
    parent = base / label
    (base / "cgroup.subtree_control").write_text("+memory +pids")
    parent.mkdir(exist_ok=True)
    (parent / "cgroup.subtree_control").write_text("+memory +pids")
    return Cgroups(2, (parent,))


def _remove(parent: Path) -> None:
    for group in sorted(parent.glob("**/"), reverse=True):
        with suppress(OSError):
            group.rmdir()


def _sweep() -> None:
    """Remove the groups of workers that are gone."""
    below = [folder for base in _bases_v2() for folder in base.glob(f"{_PREFIX}*")]
    for parent in [*below, *_ROOT.glob(f"*/{_PREFIX}*")]:
        pid = parent.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            _remove(parent)
