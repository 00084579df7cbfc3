"""Creates the control groups of a jail, as options for nsjail, where this machine allows it.

Uses version 1 or 2, whichever has memory and pids controllers below which we may create groups. If there is neither,
``create`` returns ``None``, the jail is limited by rlimits alone, and ``obstacle`` says why. Groups are made under one
parent per jail, which ``Cgroups.remove`` removes. Parents left by workers that were killed are removed when the next
jail starts, if those workers were of this pid namespace: the workers of other containers cannot be seen from here.
"""

import errno
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.executor.sandbox.backends.owners import is_owner_gone, owner_label

_PREFIX = "acecoder-"
_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Cgroups:
    """The parent groups of one jail."""

    version: int
    parents: tuple[Path, ...]
    """Version 1: one for memory, one for pids. Version 2: a single one."""

    def options(self, memory_bytes: int, processes: int) -> dict[str, Any]:
        """Return nsjail's options that limit memory and processes of the jail."""
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
        """Remove the parents and the empty groups in them."""
        for parent in self.parents:
            _remove(parent)


def create(name: str) -> Cgroups | None:
    """Create the parents for the jail ``name``; return ``None`` where that is not possible."""
    try:
        return _create(name)
    except OSError:
        return None


def obstacle() -> str:
    """Return why a jail cannot have groups here, and what to do; empty if it can. Leaves no group behind."""
    try:
        _create("doctor").remove()
    except OSError as error:
        path = error.filename or _ROOT
        return _OBSTACLES.get(error.errno or 0, "{error}").format(path=path, error=error)
    return ""


_OBSTACLES = {
    errno.ENOENT: "no memory and pids controllers under /sys/fs/cgroup; mount cgroups there",
    errno.EROFS: "{path} is mounted read-only; give the worker's container a writable one",
    errno.EACCES: "{path} cannot be written; add CAP_DAC_OVERRIDE for root, or delegate a group to the user",
    errno.EPERM: "{path} cannot be written; delegate a group to the user",
    errno.EBUSY: "{path} has processes in it; move them to a group below it before workers start",
}


def _create(name: str) -> Cgroups:
    _sweep()
    label = f"{_PREFIX}{owner_label()}-{name}"
    if (_ROOT / "cgroup.controllers").exists():
        return _create_v2(label)
    return _create_v1(label)


def _create_v1(label: str) -> Cgroups:
    parents: list[Path] = []
    for controller in ("memory", "pids"):
        parent = _ROOT / controller / label
        try:
            parent.mkdir(exist_ok=True)
        except OSError:
            for created in parents:
                _remove(created)
            raise
        parents.append(parent)
    return Cgroups(1, tuple(parents))


def _create_v2(label: str) -> Cgroups:
    first_error: OSError | None = None
    for base in _bases_v2():
        try:
            return _create_below(base, label)
        except OSError as error:
            first_error = first_error or error
    assert first_error is not None  # there is at least one base, and all failed
    raise first_error


def _bases_v2() -> list[Path]:
    """Return the groups to try: the worker's own, its parent (which may be delegated to a service), the root."""
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
    """Remove the groups of workers of this pid namespace that are gone."""
    v2_parents = [folder for base in _bases_v2() for folder in base.glob(f"{_PREFIX}*")]
    for parent in [*v2_parents, *_ROOT.glob(f"*/{_PREFIX}*")]:
        if is_owner_gone(parent.name.removeprefix(_PREFIX)):
            _remove(parent)
