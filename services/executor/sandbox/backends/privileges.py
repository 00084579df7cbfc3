"""Detects the privileges of the worker, and explains what each missing one costs.

There are four levels. The nsjail backend builds its jail for the level it finds, and ``acecoder doctor`` reports it.
This module reads ``/proc/self``, and tries only whether a user namespace can be made. Whether the kernel and a
container's filters really allow a jail is known only when one is started: ``explain`` turns the output of a failed
nsjail into one sentence. Measurements are in ``docs/privileges.md``.
"""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

from clients.contract import IsolationProfile
from services.executor.sandbox import SandboxUnavailable

STATUS = Path("/proc/self/status")
MAPS = (Path("/proc/self/uid_map"), Path("/proc/self/gid_map"))
IDS = 1024
"""User ids of one jail: its root, and three for each of its sessions (at most 340, see ``session_pool``)."""
FIRST_HOST_ID = 1_900_000_000
"""The first host id of the first worker. It is above every range that distributions, container engines and directory
services assign."""
RESERVED_IDS = 2**15
"""The lowest ids of a user namespace, which jails do not use: images assign small ids to their users."""
_NUMBERS = {
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_ADMIN": 21,
}  # linux/capability.h
_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_REFUSED = 77
"""Exit code that no interpreter and no signal gives."""


class PrivilegeLevel(StrEnum):
    """What a worker is allowed to do for its jail."""

    ROOT = "root"
    """Everything. The jail's user ids belong to no user of this host. Python may be unreadable for other users."""
    ROOT_WITHOUT_MOUNTS = "root without CAP_SYS_ADMIN"
    """The jail's user ids belong to no user of this host. Its Python must be readable for every user."""
    USER = "an ordinary user"
    """All processes of the jail run under the worker's own user id."""
    ROOT_AS_ITSELF = "root without CAP_SETUID and CAP_SETGID"
    """The jail's root would be the root of this host: refused."""


LIMITATIONS = {
    PrivilegeLevel.ROOT: "",
    PrivilegeLevel.ROOT_WITHOUT_MOUNTS: (
        "Python and its packages are mounted from where they are installed, so every user must be able to read them "
        "there; files of other users are not at risk; to change this, add CAP_SYS_ADMIN"
    ),
    PrivilegeLevel.USER: (
        "programs run under the worker's own user id (in namespaces of their own), and the limit on processes counts "
        "all processes of a jail together; to give each program a user id, run the worker as root with CAP_SETUID and "
        "CAP_SETGID"
    ),
    PrivilegeLevel.ROOT_AS_ITSELF: (
        "programs would run under root's own user id; add CAP_SETUID and CAP_SETGID, or run the worker as an ordinary "
        "user"
    ),
}
"""What a worker of this level cannot do, and what would change it, in one sentence. Empty if nothing is missing."""

_PROFILE = "run the worker's container with the seccomp profile deploy/seccomp.json"
_EXPLANATIONS = (
    (
        "pivot_root(",
        f"the container's seccomp filter refuses pivot_root: {_PROFILE}",
    ),
    (
        "clone(flags=",
        (
            "user namespaces are not available: raise user.max_user_namespaces (and on Ubuntu set "
            f"kernel.apparmor_restrict_unprivileged_userns to 0); in a container: {_PROFILE}; or run the worker as "
            "root with the capabilities SYS_ADMIN, SYS_CHROOT, SETUID, SETGID, SETPCAP and KILL (profile B)"
        ),
    ),
    (
        "try 'chmod o+x' on source path",
        (
            "the jail's Python can be read by its owner only: add CAP_SYS_ADMIN, or install Python and the packages "
            "where every user can read them"
        ),
    ),
    (
        "id_map",
        "the jail's user ids cannot be mapped: this user namespace lacks them; run the worker as an ordinary user",
    ),
    (
        "new mount namespace: Operation not permitted",
        f"the container's seccomp filter refuses new namespaces: {_PROFILE}",
    ),
    (
        "mount ",
        f"mounting is refused, by AppArmor or a seccomp filter: {_PROFILE}, and with apparmor=unconfined",
    ),
)


def detect() -> PrivilegeLevel:
    """Return the level of this process."""
    if os.geteuid() != 0:
        return PrivilegeLevel.USER
    capabilities = _effective_capabilities()
    if not {"CAP_SETUID", "CAP_SETGID"} <= capabilities:
        return PrivilegeLevel.ROOT_AS_ITSELF
    return PrivilegeLevel.ROOT if "CAP_SYS_ADMIN" in capabilities else PrivilegeLevel.ROOT_WITHOUT_MOUNTS


def can_make_user_namespaces() -> bool:
    """Whether a process of this user may make a user namespace. Tried in a child process.

    Only a refusal by the kernel counts as no: a child that was killed shows nothing, and the jail's start then does.
    """
    code = f"import ctypes; raise SystemExit(ctypes.CDLL(None).unshare({_CLONE_NEWUSER}) and {_REFUSED})"
    child = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False)  # noqa: S603
    return child.returncode != _REFUSED


def missing_for_jail_of_capabilities() -> set[str]:
    """Return the capabilities that a jail without a user namespace needs and that this process does not have."""
    return set(_NUMBERS) - _effective_capabilities()


def profile_of_capabilities() -> IsolationProfile:
    """Return the profile of a jail that uses the capabilities of this process, without a user namespace of its own."""
    is_whole_host = all(span == [(0, 2**32 - 1)] for span in map(_spans, MAPS))
    return IsolationProfile.B if is_whole_host else IsolationProfile.C


def _effective_capabilities() -> set[str]:
    lines = STATUS.read_text().splitlines()
    (mask,) = [int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")]
    return {name for name, number in _NUMBERS.items() if mask >> number & 1}


def first_host_id(slot: int) -> int:
    """Return the first of the host uids (and gids) for the jail of the worker in ``slot``: ids that no user has.

    In a user namespace (rootless container, pod with its own users) there are fewer ids. There the last ones are used.

    Raises:
        SandboxUnavailable: there are too few.
    """
    first = FIRST_HOST_ID + slot * IDS
    spans = [_spans(path) for path in MAPS]
    if all(any(start <= first and first + IDS <= end for start, end in span) for span in spans):
        return first
    ends = {max(span, key=_length) for span in spans}
    start, end = min(ends, key=_length)
    first = end - (slot + 1) * IDS
    if first < start + RESERVED_IDS:
        raise SandboxUnavailable(
            f"this user namespace has the ids {start} to {end - 1}, too few for worker {slot}, which needs {IDS} of "
            f"its own; map more ids, or start fewer workers"
        )
    return first


def _spans(path: Path) -> list[tuple[int, int]]:
    rows = [[int(part) for part in line.split()] for line in path.read_text().splitlines()]
    return [(inside, inside + length) for inside, _outside, length in rows]


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def explain(printed: str) -> str:
    """Return what to do about the output of a failed nsjail; empty if the cause is not known."""
    return next((explanation for pattern, explanation in _EXPLANATIONS if pattern in printed), "")
