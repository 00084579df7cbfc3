"""Who is there: workers say so in Redis, and others read it.

A worker beats from a thread of its own, so that a long chunk is not taken for a death. One that is killed
is missed after ``WORKER_LOST_S``.
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
"""Workers of one user on one machine: more than there are cores anywhere."""


class Heartbeat:
    """Says that a worker is alive until it is stopped."""

    def __init__(self, redis: Redis, worker: str, environments: Iterable[str]) -> None:
        self._redis = redis
        self._worker = worker
        self._environments = list(environments)
        self._fit = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beats, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin; the first beat is sent before this returns, if Redis answers."""
        self._beat()
        self._thread.start()

    def say_fit(self, fit: bool) -> None:
        """Be counted among the workers that serve the environments, or not: one that mends its jail does not."""
        self._fit = fit
        self._beat()

    def stop(self) -> None:
        """Say goodbye."""
        self._stop.set()
        self._thread.join()
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.delete(redis_keys.worker(self._worker))
                for name in self._environments:
                    pipe.srem(redis_keys.workers(name), self._worker)
                pipe.execute()
        except RedisError:
            return  # it will be missed soon enough

    def _beats(self) -> None:
        while not self._stop.wait(BEAT_S):
            self._beat()

    def _beat(self) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(redis_keys.worker(self._worker), os.getpid(), ex=WORKER_LOST_S)
                for name in self._environments:
                    (pipe.sadd if self._fit else pipe.srem)(redis_keys.workers(name), self._worker)
                pipe.execute()
        except RedisError as exc:
            structlog.get_logger().warning("Redis does not answer", error=str(exc))


def claim_slot() -> tuple[int, IO[bytes]]:
    """Take the lowest number that no other worker of this user on this machine has.

    It is held by a file lock, so it is free again however the worker ends; keep the file open.

    Raises:
        RuntimeError: all are taken, or the folder of the locks is not ours alone.
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


def slot_folder(places: Iterable[Path]) -> Path:
    """In the first place we may write to: the same for all workers of this user, and nobody else may enter it.

    Raises:
        RuntimeError: somebody else may.
    """
    place = next(place for place in places if os.access(place, os.W_OK))
    folder = place / f"acecoder-slots-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()  # whoever made it first could hold our locks, or have us write through a link
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise RuntimeError(f"{folder} is not a directory of this user alone (mode 0700); remove it")
    return folder


def pin_to_core(slot: int) -> int:
    """Keep this process and what it starts on one core: a verdict is a conversation between processes."""
    cores: Sequence[int] = sorted(os.sched_getaffinity(0))
    core = cores[slot % len(cores)]
    os.sched_setaffinity(0, {core})
    return core
