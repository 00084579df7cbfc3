"""A whole executor that tests may break: Redis, an API process, two workers, a supervisor.

All are real processes. The supervisor does what systemd, compose or Kubernetes does and nothing else: it restarts
processes that have ended. Like the local stack's, it also deletes the heartbeat of a dead worker.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import psutil
from redis import Redis, RedisError

from services.executor.broker import redis_keys
from services.executor.local.redis import find_server, is_reachable
from services.executor.parent_death import PARENT, WORKER_NAME, end_with_parent
from tests.conftest import BASE_ONLY, wait_until
from tests.support.leftovers import left_behind

SLOW_START_S = 120
"""A stack starts in some seconds; two minutes are for a machine that is busy with other things."""
SCRATCH = "size=128k,nr_inodes=24"
"""Size of the workers' temporary directory: a few files of a few pages."""


class RedisServer:
    """A Redis that may be stopped, killed, halted and restarted, with or without its data."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process = None

    def start(self, *, keeps=True):
        """``keeps``: with the data from before. Every write is on disk before Redis replies to it."""
        if not keeps:
            shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)  # of Redis 7
            (self.folder / "appendonly.aof").unlink(missing_ok=True)  # of Redis 6
        server, _ = find_server()
        options = {"port": 0, "unixsocket": self.socket, "save": "", "dir": self.folder, "appendonly": "yes"}
        command = [server, *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(
            [*command, "--appendfsync", "always"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl call
        )
        wait_until(lambda: is_reachable(self.url), timeout_s=SLOW_START_S)

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        self.process.wait()

    @contextmanager
    def halted(self):
        """Inside the block it neither replies nor closes connections."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class Stage:
    """The processes, as a context manager."""

    def __init__(self):
        self._exits = ExitStack()
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self.deletes_heartbeats = True
        """Whether the supervisor deletes the heartbeat of a worker that died."""
        self._names = {}
        self.started = []
        """Pids of all workers that were started."""

    def __enter__(self):
        with self._exits:
            self.folder = Path(self._exits.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            self.folder.chmod(0o711)  # a jail's own user must be able to walk through
            self.scratch = self._make_scratch()
            self.redis_server = RedisServer(self.folder)
            self.redis_server.start(keeps=False)
            self._exits.callback(self.redis_server.stop)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self._port = probe.getsockname()[1]
            self.url = f"http://127.0.0.1:{self._port}"
            self.api = self._start("services.executor.app", "127.0.0.1", str(self._port))
            self.workers = [self._start_worker() for _ in range(2)]
            supervisor = threading.Thread(target=self._supervise, daemon=True)
            supervisor.start()
            self._exits.callback(self._stop_all)
            self._exits.callback(supervisor.join)
            self._exits.callback(self._ends.set)
            wait_until(self.is_ready, timeout_s=SLOW_START_S)
            self._exits = self._exits.pop_all()
        return self

    def __exit__(self, *_):
        self._exits.close()

    def _make_scratch(self):
        """Creates the workers' temporary directory: a small file system, if this process may mount one."""
        scratch = self.folder / "scratch"
        scratch.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", SCRATCH, "none", str(scratch)]
        self.scratch_is_small = (
            os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        )
        if self.scratch_is_small:
            self._exits.callback(subprocess.run, ["umount", "-l", str(scratch)], check=True)
        return scratch

    def _start(self, module, *arguments, **variables):
        root = str(Path(__file__).resolve().parents[2])
        own = {
            "EXECUTOR_REDIS_URL": self.redis_server.url,
            "EXECUTOR_MAX_CHUNK": "8",
            "EXECUTOR_REDIS_PATIENCE_S": "60",
            "TMPDIR": str(self.scratch),
            "PYTHONPATH": root,
            PARENT: str(os.getpid()),
            **variables,
        }
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **BASE_ONLY, **own},
            start_new_session=True,
        )

    def _start_worker(self):
        name = redis_keys.new_worker_name()
        worker = self._start("tests.chaos.poisoned_worker", **{WORKER_NAME: name})
        self._names[worker.pid] = name
        self.started.append(worker.pid)
        return worker

    def _supervise(self):
        while not self._ends.wait(0.1):
            with self._lock:
                if self.api.poll() is not None:
                    self.api = self._start("services.executor.app", "127.0.0.1", str(self._port))
                for index, worker in enumerate(self.workers):
                    if worker.poll() is not None:
                        if self.deletes_heartbeats:
                            self._delete_heartbeat(worker.pid)
                        self.workers[index] = self._start_worker()

    def _delete_heartbeat(self, pid):
        with suppress(RedisError, OSError), self.redis() as redis:
            redis.delete(redis_keys.worker(self._names[pid]))

    def _stop_all(self):
        processes = [*self.workers, self.api]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # -- state of the stack -------------------------------------------------------------------------------

    @contextmanager
    def redis(self):
        with Redis.from_url(self.redis_server.url, decode_responses=True) as client:
            yield client

    def worker_names(self):
        return [self._names[worker.pid] for worker in self.workers]

    def is_ready(self):
        """Whether Redis and the API answer and both workers have heartbeats and serve."""
        try:
            with self.redis() as redis:
                names = self.worker_names()
                serving = redis.smembers(redis_keys.workers("base"))
                heartbeats = redis.exists(*(redis_keys.worker(name) for name in names))
            ready = httpx2.get(f"{self.url}/readyz", timeout=5).is_success
        except (httpx2.HTTPError, RedisError, OSError):
            return False
        return ready and heartbeats == len(names) and set(names) <= serving

    def client(self, deadline_s):
        """An HTTP client that times out 30 s after the deadline: then the service did not answer."""
        return httpx2.Client(base_url=self.url, timeout=deadline_s + 30)

    def busy_worker(self):
        """The last of the live workers that have begun a chunk; ``None`` if none has."""
        with self.redis() as redis:
            busy = [
                worker for worker in self.workers if redis.exists(redis_keys.begun(self._names[worker.pid]))
            ]
        return busy[-1] if busy else None

    def jail_of(self, worker, depth=0):
        """The outermost process of a worker's jail (depth 0), or the zygote in it (1)."""
        (process,) = psutil.Process(worker.pid).children()
        for _ in range(depth):
            process = process.children()[0]
        return process

    def leftovers(self):
        """Files, control groups and mounts that dead workers have left on this machine."""
        gone = [pid for pid in self.started if not psutil.pid_exists(pid)]
        folders = [Path("/run"), Path("/var/tmp"), *Path("/sys/fs/cgroup").glob("*"), Path("/sys/fs/cgroup")]
        leftovers = left_behind(self.started, folders)
        mounts = Path("/proc/self/mounts").read_text()
        leftovers += [f"mount of {pid}" for pid in gone if f"acecoder-stage-{pid}-" in mounts]
        leftovers += [str(path) for path in self.scratch.iterdir()]
        return leftovers
