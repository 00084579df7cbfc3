"""What this process may do towards a jail, and what each missing right gives up.

Decides which of four standings a worker has; ``nsjail`` builds its jail accordingly and ``doctor`` tells of it. Reads
``/proc/self``; tries nothing. Whether the kernel and a container's filters really allow it, only starting a jail
shows: ``explain`` turns what nsjail says then into one sentence. Measured in ``docs/privileges.md``.
"""

import os
from enum import StrEnum
from pathlib import Path

from services.executor.sandbox import SandboxUnavailable

STATUS = Path("/proc/self/status")
MAPS = (Path("/proc/self/uid_map"), Path("/proc/self/gid_map"))
IDS = 1024
"""Uids of one jail: its root, and three for each of its sessions (``warm`` runs 340 at most)."""
FIRST_HOST_ID = 1_900_000_000
"""Above every range that distributions, container engines and directory services hand out."""
FEWEST_LEFT = 2**15
"""Ids left alone below: images give out small ones."""
_NUMBERS = {"CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SYS_ADMIN": 21}  # linux/capability.h


class Standing(StrEnum):
    """Who a worker is, as far as its jail is concerned."""

    ROOT = "root"
    """Everything: the jail's users are nobody on this host, and its Python is gathered for them."""
    ROOT_WITHOUT_MOUNTS = "root without CAP_SYS_ADMIN"
    """The jail's users are nobody; its Python must be readable for everybody where it lies."""
    USER = "an ordinary user"
    """All of the jail runs as the worker's own user."""
    ROOT_AS_ITSELF = "root without CAP_SETUID and CAP_SETGID"
    """The jail's root would be this host's root: refused."""


GIVES_UP = {
    Standing.ROOT: "",
    Standing.ROOT_WITHOUT_MOUNTS: (
        "Python and its packages are mounted from where they lie, so every user must be able to read them there; "
        "no other user's files are at risk"
    ),
    Standing.USER: (
        "programs run under the worker's own user id (in namespaces of their own), and the limit on processes counts "
        "those of a whole jail together; run the worker as root with CAP_SETUID and CAP_SETGID for a user id each"
    ),
    Standing.ROOT_AS_ITSELF: (
        "programs would run under root's own user id; add CAP_SETUID and CAP_SETGID, or run the worker as an ordinary "
        "user"
    ),
}
"""What a standing lacks, and what to do about it, in one sentence."""

_EXPLANATIONS = (
    (
        "pivot_root(",
        "the container's seccomp filter refuses pivot_root: run the worker's container with seccomp unconfined",
    ),
    (
        "clone(flags=",
        (
            "user namespaces are not to be had: raise user.max_user_namespaces (and on Ubuntu set "
            "kernel.apparmor_restrict_unprivileged_userns to 0); in a container, run it with seccomp unconfined"
        ),
    ),
    (
        "try 'chmod o+x' on source path",
        (
            "nobody but its owner can read the jail's Python where it lies: add CAP_SYS_ADMIN, or install Python "
            "and the packages where every user can read them"
        ),
    ),
    (
        "id_map",
        "the jail's user ids cannot be mapped: this user namespace lacks them; run the worker as an ordinary user",
    ),
    (
        "new mount namespace: Operation not permitted",
        "the container's seccomp filter refuses new namespaces: run the worker's container with seccomp unconfined",
    ),
    (
        "mount ",
        "mounting is refused, by AppArmor or a seccomp filter: run the worker's container with both unconfined",
    ),
)


def standing() -> Standing:
    """Return what this process is."""
    if os.geteuid() != 0:
        return Standing.USER
    held = _effective()
    if not {"CAP_SETUID", "CAP_SETGID"} <= held:
        return Standing.ROOT_AS_ITSELF
    return Standing.ROOT if "CAP_SYS_ADMIN" in held else Standing.ROOT_WITHOUT_MOUNTS


def _effective() -> set[str]:
    lines = STATUS.read_text().splitlines()
    (mask,) = [int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")]
    return {name for name, number in _NUMBERS.items() if mask >> number & 1}


def first_host_id(slot: int) -> int:
    """Return the first of the host uids (and gids) of a worker's jail: ids that nobody has.

    In a user namespace (rootless containers, pods of their own users) there are fewer, and its last ones are taken.

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
    if first < start + FEWEST_LEFT:
        raise SandboxUnavailable(
            f"this user namespace has the ids {start} to {end - 1}, too few for worker {slot} to have {IDS} of its "
            f"own; map more, or start fewer workers"
        )
    return first


def _spans(path: Path) -> list[tuple[int, int]]:
    rows = [[int(part) for part in line.split()] for line in path.read_text().splitlines()]
    return [(inside, inside + length) for inside, _outside, length in rows]


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def explain(printed: str) -> str:
    """Say what to do about what nsjail printed when it failed; empty if nothing is known about it."""
    return next((text for needle, text in _EXPLANATIONS if needle in printed), "")
