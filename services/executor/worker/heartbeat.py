"""Registers a worker in Redis by a heartbeat, and assigns it a slot and a core of its machine.

The heartbeat is sent from a thread of its own, so that a long chunk does not look like a dead worker. A worker that is
killed counts as lost after ``WORKER_LOST_S``.
"""

import fcntl
import os
import stat
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import structlog
from redis import Redis, RedisError

from services.executor.broker import redis_keys
from services.executor.settings import BEAT_S, WORKER_LOST_S

MAX_SLOTS = 1024
"""Limit of the workers of one user on one machine: more than any machine has cores."""


class Heartbeat:
    """Keeps a worker registered until it is stopped."""

    def __init__(self, redis: Redis, worker: str, environments: Iterable[str]) -> None:
        self._redis = redis
        self._worker = worker
        self._environments = list(environments)
        self._is_available = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread. The first heartbeat is sent before this returns, if Redis answers."""
        self._beat()
        self._thread.start()

    def set_available(self, is_available: bool) -> None:
        """Set whether the worker is listed for its environments. One whose sandbox has to recover is not."""
        self._is_available = is_available
        self._beat()

    def stop(self) -> None:
        """Stop the thread and deregister the worker."""
        self._stop.set()
        self._thread.join()
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.delete(redis_keys.worker(self._worker))
                for name in self._environments:
                    pipe.srem(redis_keys.workers(name), self._worker)
                pipe.execute()
        except RedisError:
            return  # its registration expires after WORKER_LOST_S

    def _loop(self) -> None:
        while not self._stop.wait(BEAT_S):
            self._beat()

    def _beat(self) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(redis_keys.worker(self._worker), os.getpid(), ex=WORKER_LOST_S)
                for name in self._environments:
                    (pipe.sadd if self._is_available else pipe.srem)(redis_keys.workers(name), self._worker)
                pipe.execute()
        except RedisError as exc:
            structlog.get_logger().warning("Redis does not answer", error=str(exc))


def claim_slot() -> tuple[int, IO[bytes]]:
    """Take the lowest slot number that no other worker of this user on this machine has.

    Returns the slot and its lock file. Keep the file open: its lock reserves the slot, however the worker ends.

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
        return slot, file
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
    status = (
        folder.lstat()
    )  # another user who made it first could hold our locks, or plant a link for us to write to
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise RuntimeError(f"{folder} is not a directory of this user alone (mode 0700); remove it")
    return folder


def pin_to_core(slot: int) -> int:
    """Pin this process and its children to one core, and return it.

    The processes that make a verdict take turns: they wait for each other's messages, which is fastest on one core.
    """
    cores: Sequence[int] = sorted(os.sched_getaffinity(0))
    core = cores[slot % len(cores)]
    os.sched_setaffinity(0, {core})
    return core
