"""Gives a worker a slot and a core that no other worker of its machine has.

The slot selects the host user ids of the worker's jails; the core is the one that the worker pins itself to. Two means
keep workers apart. File locks do so for all workers of one user that share a file system, and hold without Redis.
Leases in Redis do so for workers in containers of one machine: these share neither files nor process ids, but they
share a kernel, whose boot id they can read. The worker's heartbeat renews its leases.

Not promised: that workers of different Redis servers in different containers of one machine have different slots and
cores. If Redis does not answer when a worker starts, file locks alone decide. Two workers with one slot isolate their
programs all the same: they count their processes together, and share a core.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog
from redis import Redis, RedisError

from services.executor.broker import redis_keys
from services.executor.settings import WORKER_LOST_S

MAX_SLOTS = 1024
"""Limit of the workers of one user on one machine: more than any machine has cores."""
MAX_WORKERS_PER_CORE = 64
"""Limit of the search for a core; above it, the slot alone decides. Each worker beyond the first makes the others on
its core slower."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UID_MAP = Path("/proc/self/uid_map")


@dataclass(slots=True)
class Placement:
    """The slot and the core of a worker."""

    slot: int
    core: int
    file: IO[bytes]
    """The lock file of the slot. Its lock reserves the slot while the file is open, however the worker ends."""
    leases: list[str] = field(default_factory=list)
    """Keys in Redis that reserve slot and core, with the worker's name as their value."""


def place(redis: Redis, worker: str) -> Placement:
    """Reserve a slot and a core for a worker, and pin this process and its children to the core.

    The processes that make a verdict take turns: they wait for each other's messages, which is fastest on one core.

    Raises:
        RuntimeError: all slots are taken, or other users may enter the folder of the locks.
    """
    leases = _Leases(redis, worker)
    slot, file = claim_slot(lambda slot: leases.claim(redis_keys.slot(_users(), slot)))
    cores = sorted(os.sched_getaffinity(0))
    core = choose_core(cores, slot, lambda core, nth: leases.claim(redis_keys.core(_machine(), core, nth)))
    os.sched_setaffinity(0, {core})
    return Placement(slot, core, file, leases.keys)


def claim_slot(is_free: Callable[[int], bool] = lambda _slot: True) -> tuple[int, IO[bytes]]:
    """Take the lowest slot number that no other worker has; return it with its lock file.

    ``is_free`` claims a slot among workers that do not share the folder of lock files.

    Raises:
        RuntimeError: all slots are taken, or other users may enter the folder of the locks.
    """
    folder = slot_folder((Path("/run"), Path("/var/tmp"), Path(tempfile.gettempdir())))  # noqa: S108 - checked
    for slot in range(MAX_SLOTS):
        file = (folder / str(slot)).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        if is_free(slot):
            return slot, file
        file.close()
    raise RuntimeError(f"all {MAX_SLOTS} worker slots in {folder} are taken; stop some workers")


def slot_folder(parents: Iterable[Path]) -> Path:
    """Return the folder of the lock files, in the first writable parent. Only this user may enter it.

    All workers of this user get the same folder.

    Raises:
        RuntimeError: it exists, and is not a directory of this user alone.
    """
    parent = next(parent for parent in parents if os.access(parent, os.W_OK))
    folder = parent / f"acecoder-slots-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    # Another user who made it first could hold our locks, or plant a link for us to write to.
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise RuntimeError(f"{folder} is not a directory of this user alone (mode 0700); remove it")
    return folder


def choose_core(cores: Sequence[int], slot: int, is_free: Callable[[int, int], bool]) -> int:
    """Return the core with the fewest workers, of those that this process may use (its container's cpuset).

    ``is_free`` claims to be the ``nth`` worker of a core, counted from 0. The search begins at a core that depends on
    the slot, so that workers of different Redis servers on one machine spread over the cores, too.
    """
    first = slot % len(cores)
    order = [*cores[first:], *cores[:first]]
    for nth in range(MAX_WORKERS_PER_CORE):
        for core in order:
            if is_free(core, nth):
                return core
    return order[0]


class _Leases:
    """Claims keys in Redis for a worker, until Redis fails; after that every key counts as free."""

    def __init__(self, redis: Redis, worker: str) -> None:
        self._redis = redis
        self._worker = worker
        self._is_redis_away = False
        self.keys: list[str] = []

    def claim(self, key: str) -> bool:
        """Claim a key; return whether no other worker has it."""
        if self._is_redis_away:
            return True
        try:
            is_ours = bool(self._redis.set(key, self._worker, ex=WORKER_LOST_S, nx=True))
        except RedisError as exc:
            structlog.get_logger().warning("Redis does not answer; file locks alone decide", error=str(exc))
            self._is_redis_away = True
            return True
        if is_ours:
            self.keys.append(key)
        return is_ours


def _machine() -> str:
    """Return an id of the running kernel, which all containers of a machine share."""
    return _BOOT_ID.read_text().strip()


def _users() -> str:
    """Return an id of the user ids that this process can use: in another user namespace, slots are other ids."""
    return f"{_machine()}-{hashlib.sha256(_UID_MAP.read_bytes()).hexdigest()[:8]}"
