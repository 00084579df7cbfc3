"""Runs the whole executor on one machine: Redis, API, workers. For a laptop, tests, the demo and benchmarks.

``with LocalStack(workers=2) as stack: Executor(stack.url)``. A worker that dies is restarted. The stack stops if
workers fail to start, or if the API or the stack's own Redis ends. Nothing is left behind when it stops; if it is
killed by SIGKILL, the next start removes what was left in the temporary directory.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.executor.broker import redis_keys
from services.executor.local.redis import NoRedisError, OwnRedis, hide_password, is_reachable, own_redis
from services.executor.local.worker_supervisor import MAX_FAILED_STARTS, WorkerSupervisor
from services.executor.parent_death import PARENT, WORKER_NAME

READY_S = 180
"""Longest start. Workers check their jails before they take work: some seconds on an idle machine, a minute at twenty
times its load. A process that fails to start is noticed at once, so this ends only a start that hangs."""
STOP_S = 10
"""Longest wait for a process to end after SIGTERM; then it is killed, with its jail."""
API, WORKER = "services.executor.app", "services.executor.worker.worker"
"""Modules that the processes run."""
WATCH_S = 0.2
"""How often the processes are checked."""


class StackError(Exception):
    """The stack cannot start, or had to stop; the message says why and what to do."""


class LocalStack:
    """The processes of one executor, as a context manager; ``url`` is the address of the API."""

    def __init__(
        self,
        *,
        workers: int | None = None,
        port: int = 0,
        redis_url: str = "",
        backend: str = "",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the stack; the defaults are a worker per core, a free port, a Redis of its own, and nsjail.

        ``settings`` are further environment variables (``EXECUTOR_…``) for the API and the workers.
        """
        self._count = workers if workers is not None else len(os.sched_getaffinity(0))
        if self._count < 0:
            raise StackError(f"{self._count} workers; give 1 or more, or leave it out for one per core")
        self._port = port or _free_port()
        self._redis_url = redis_url
        self._settings = dict(settings or {}) | ({"EXECUTOR_BACKEND": backend} if backend else {})
        self._exits = ExitStack()
        self._stopping = threading.Event()
        self._failure = ""
        self.redis: OwnRedis | None = None
        self.api: subprocess.Popen[bytes] | None = None
        self._supervisors: list[WorkerSupervisor] = []
        self._names: dict[int, str] = {}
        self._watcher: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    @property
    def workers(self) -> list[subprocess.Popen[bytes]]:
        """The worker processes."""
        return [supervisor.process for supervisor in self._supervisors]

    def worker_names(self) -> list[str]:
        """Return the names of the worker processes, as they are in Redis."""
        return [self._names[worker.pid] for worker in self.workers]

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        _check_port(self._port)
        try:
            if not self._redis_url:
                self.redis = self._exits.enter_context(own_redis())
                self._redis_url = self.redis.url
        except NoRedisError as exc:
            raise StackError(str(exc)) from exc
        if not is_reachable(self._redis_url):
            raise StackError(
                f"no Redis answers at {hide_password(self._redis_url)}; start it, or omit --redis-url: "
                "acecoder then starts its own Redis"
            )
        self.api = self._spawn(API, "127.0.0.1", str(self._port))
        self._supervisors = [WorkerSupervisor(self._spawn_worker) for _ in range(self._count)]
        self._wait_until_ready()
        self._watcher = threading.Thread(target=self._watch, name="stack", daemon=True)
        self._watcher.start()

    def _spawn_worker(self) -> subprocess.Popen[bytes]:
        name = redis_keys.new_worker_name()
        process = self._spawn(WORKER, variables={WORKER_NAME: name})
        self._names[process.pid] = name
        return process

    def _spawn(
        self, module: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        own = {"EXECUTOR_REDIS_URL": self._redis_url, PARENT: str(os.getpid()), **(variables or {})}
        root = str(Path(__file__).resolve().parents[3])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        return subprocess.Popen(  # noqa: S603 - our own modules
            # -P: a folder `clients` or `services` where the user stands must not hide ours.
            [sys.executable, "-P", "-m", module, *arguments],
            env={**os.environ, **self._settings, **own, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C goes to the stack only, which stops its processes in order
        )

    def _wait_until_ready(self) -> None:
        gives_up_at = time.monotonic() + READY_S
        while not (self._ready() and self._all_workers_registered()):
            if self.api is None or self.api.poll() is not None:
                raise StackError(f"the API did not start; is port {self._port} taken?")
            if any(worker.poll() is not None for worker in self.workers):
                raise StackError("a worker failed to start (its reason is above); try 'acecoder doctor'")
            if time.monotonic() > gives_up_at:
                raise StackError(f"not ready after {READY_S} s; try 'acecoder doctor'")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=2) as response:  # noqa: S310 - loopback
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _all_workers_registered(self) -> bool:
        """Whether every worker takes work; the API is ready when one does."""
        names = [redis_keys.worker(name) for name in self.worker_names()]
        client = Redis.from_url(self._redis_url, retry=Retry(NoBackoff(), 0))
        try:
            return not names or client.exists(*names) == len(names)
        except (RedisError, OSError):
            return False
        finally:
            client.close()

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_S):
            self._failure = self._find_failure()
            if self._failure:
                self._stopping.set()
                return
            for supervisor in self._supervisors:
                if dead_pid := supervisor.poll():
                    status = supervisor.process.returncode
                    structlog.get_logger().warning("a worker died; restarting it", status=status)
                    self._delete_heartbeat(self._names[dead_pid])

    def _find_failure(self) -> str:
        """Return what failed for good, or an empty text."""
        if self.api is not None and self.api.poll() is not None:
            return f"the API ended with status {self.api.returncode}; start the stack again"
        if self.redis is not None and (status := self.redis.exit_status()) is not None:
            return (
                f"its Redis ended with status {status} ({self.redis.last_log_line()}); start the stack again"
            )
        if any(supervisor.gave_up for supervisor in self._supervisors):
            return f"a worker failed to start {MAX_FAILED_STARTS} times (its reason is above); try 'acecoder doctor'"
        return ""

    def _delete_heartbeat(self, name: str) -> None:
        """Delete the heartbeat of a dead worker, so that its chunks are sent again before the heartbeat expires."""
        client = Redis.from_url(self._redis_url, retry=Retry(NoBackoff(), 0))
        try:
            client.delete(redis_keys.worker(name))
        except (RedisError, OSError):
            return  # the heartbeat expires by itself
        finally:
            client.close()

    def wait(self) -> None:
        """Block until the stack stops.

        Raises:
            StackError: a process failed for good.
        """
        self._stopping.wait()
        if self._failure:
            raise StackError(self._failure)

    def close(self) -> None:
        """Stop all processes: workers and API first, Redis last. May be called twice."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()  # it would restart the workers that are stopped here
        processes = [*self.workers, *([self.api] if self.api else [])]
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        gives_up_at = time.monotonic() + STOP_S
        for process in processes:
            try:
                process.wait(max(gives_up_at - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._exits.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_port(port: int) -> None:
    """Check that the API can listen on the port; else the answers of another process would be treated as the API's.

    Raises:
        StackError: another process listens there, or the port cannot be used.
    """
    if not 0 < port < 2**16:
        raise StackError(f"{port} is not a port; give --port a number from 1 to 65535")
    with socket.socket() as probe:
        # As the API will set it: a port whose last owner has just ended is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            is_taken = exc.errno == errno.EADDRINUSE
            reason = "is taken by another process" if is_taken else f"cannot be used ({exc.strerror})"
            raise StackError(
                f"port {port} {reason}; give --port another number, or 0 for any free one"
            ) from exc
