"""An executor on seven hosts that tests may break: Redis, its replica, two API processes behind a balancer, four workers.

All are real processes of this version, unless a test starts others. Nothing restarts a process that has ended: the
tests do it.
"""

import secrets
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from glob import glob
from pathlib import Path

import httpx2
import pytest
from redis import RedisError

from clients import Executor
from services.executor.broker import redis_keys
from services.executor.parent_death import WORKER_NAME
from tests.conftest import BASE_ONLY, wait_until
from tests.hosts.network import Host, Network
from tests.hosts.redis_pair import RedisPair, connect
from tests.support.leftovers import left_behind

ROOT = Path(__file__).resolve().parents[2]
START_S = 90
"""A stack starts in some seconds; this is for a machine that is busy with other things."""
PORT = 8000
TOKEN = secrets.token_hex(16)
WORKER = "services.executor.worker.worker"
API = "services.executor.app"


def find_faketime() -> str:
    """Return the path of libfaketime, which shows a process another wall clock; empty if it is not installed."""
    folders = ("/usr/lib*/faketime", "/usr/lib/*/faketime", "/usr/local/lib*/faketime")
    return next((path for folder in folders for path in glob(f"{folder}/libfaketimeMT.so.1")), "")


class HostsStage:
    """The hosts and their processes, as a context manager."""

    def __enter__(self):
        with ExitStack() as exits:  # closed here if the start fails
            self.folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="hosts-")))
            self.folder.chmod(0o711)  # a jail's own user must be able to walk through
            self.network = Network(self.folder)
            exits.callback(self.network.stop)
            names = ("redis", "spare", "balancer", "api1", "api2", "left", "right")
            self.hosts = {name: self.network.add(name) for name in names}
            self.redis_pair = RedisPair(self.network, self.hosts["redis"], self.hosts["spare"], self.folder)
            self.redis_pair.start()
            self._clocks: dict[str, dict[str, str]] = {}
            self.apis = {name: self.start_api(name) for name in ("api1", "api2")}
            self.start_balancer()
            self.workers = {}
            for host in ("left", "left", "right", "right"):
                self.start_worker(host)
            self.await_ready()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_):
        self._exits.close()

    # -- processes ----------------------------------------------------------------------------------------

    def _python(self, host: Host, module: str, *arguments: str, **variables: str):
        own = {
            "EXECUTOR_REDIS_URL": f"redis://{self.redis_pair.address}:6379/0",
            "EXECUTOR_MAX_CHUNK": "8",
            "EXECUTOR_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT),
            **BASE_ONLY,
            **self._clocks.get(host.name, {}),
            **variables,
        }
        log = self.folder / f"{host.name}.log"
        return host.start(sys.executable, "-m", module, *arguments, log=log, **own)

    def start_api(self, name: str, module=API, *words: str):
        """Start the API process of a host; ``words`` are arguments of ``module`` before host and port."""
        return self._python(self.hosts[name], module, *words, "0.0.0.0", str(PORT))

    def start_balancer(self):
        servers = [f"{self.hosts[name].address}:{PORT}" for name in self.apis]
        self._python(self.hosts["balancer"], "tests.hosts.balancer", str(PORT), *servers)

    def start_worker(self, host: str, module=WORKER, *, words=()) -> str:
        """Start a worker on a host; return its name."""
        name = f"{host}-{secrets.token_hex(4)}"
        self.workers[name] = self._python(self.hosts[host], module, *words, **{WORKER_NAME: name})
        return name

    def remove_worker(self, name: str):
        """Forget a worker, which has ended or is told to end; wait for its end."""
        self.workers.pop(name).wait(60)

    def stop_workers(self, names: list[str]):
        """Stop workers in order, all at once."""
        for name in names:
            self.workers[name].send_signal(signal.SIGTERM)
        for name in names:
            self.remove_worker(name)

    def replace_api(self, name: str, module=API, *words: str):
        """Stop the API process of a host in order, and start another."""
        self.apis[name].send_signal(signal.SIGTERM)
        self.apis[name].wait(30)
        self.apis[name] = self.start_api(name, module, *words)

    def restart_with_clock(self, host: str):
        """Restart the processes of a host: with a wall clock of their own, which ``move_clock`` moves."""
        clock = self.folder / f"{host}.clock"
        clock.write_text("+0\n")
        self._clocks[host] = {
            "LD_PRELOAD": find_faketime(),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self._restart(host)

    def move_clock(self, host: str, offset_s: int):
        """Set how far the wall clock of a host is from the right time."""
        new = self.folder / f"{host}.clock.new"
        new.write_text(f"{offset_s:+d}\n")
        new.rename(self.folder / f"{host}.clock")  # at once: it is read all the time

    def restart_with_right_clock(self, host: str):
        """Restart the processes of a host with the machine's clock."""
        self._clocks.pop(host)
        self._restart(host)

    def _restart(self, host: str):
        if host in self.apis:
            self.replace_api(host)
            return
        names = self.on_host(host)
        self.stop_workers(names)
        for _ in names:
            self.start_worker(host)

    def on_host(self, host: str) -> list[str]:
        """Return the names of the workers on a host."""
        return [name for name in self.workers if name.startswith(f"{host}-")]

    # -- state --------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Address of the load balancer."""
        return f"http://{self.hosts['balancer'].address}:{PORT}"

    def url_of(self, name: str) -> str:
        """Address of one API process."""
        return f"http://{self.hosts[name].address}:{PORT}"

    def client(self, url: str = "") -> Executor:
        """Return a client of the balancer, or of the API process at ``url``."""
        return Executor(url or self.url, token=TOKEN)

    @contextmanager
    def redis(self):
        """The Redis that the executor connects to."""
        with connect(self.redis_pair.address) as client:
            yield client

    def is_ready(self) -> bool:
        """Whether both API processes are ready and all workers have heartbeats and serve."""
        return not self.missing()

    def missing(self) -> str:
        """Return what is not ready; empty if everything is."""
        for name, worker in self.workers.items():
            assert worker.poll() is None, f"worker {name} ended:\n{self.logs()}"
        try:
            with self.redis() as redis:
                versions = redis.smembers(redis_keys.VERSIONS)
                serving = redis.sunion([redis_keys.workers("base", version) for version in versions])
                silent = [name for name in self.workers if not redis.exists(redis_keys.worker(name))]
            states = {name: httpx2.get(f"{self.url_of(name)}/readyz", timeout=5) for name in self.apis}
        except (httpx2.HTTPError, RedisError, OSError) as error:
            return repr(error)
        faults = [f"{name}: {state.text}" for name, state in states.items() if not state.is_success]
        faults += [f"no heartbeat of {name}" for name in silent]
        faults += [f"{name} does not serve" for name in self.workers.keys() - serving]
        return "; ".join(faults)

    def await_ready(self):
        """Wait until everything is ready."""
        try:
            wait_until(self.is_ready, timeout_s=START_S)
        except AssertionError:
            pytest.fail(f"not ready after {START_S} s: {self.missing()}\n{self.logs()}")

    def busy_worker(self, host: str) -> str:
        """Return a worker of a host that judges at the moment, or an empty text."""
        with self.redis() as redis:
            busy = [name for name in self.on_host(host) if redis.exists(redis_keys.begun(name))]
        return busy[0] if busy else ""

    def idle_workers(self) -> list[str]:
        """Return the workers that have begun no chunk since ``forget_begun``."""
        with self.redis() as redis:
            return [name for name in self.workers if not redis.exists(redis_keys.begun(name))]

    def forget_begun(self):
        """Forget which chunk each worker began last."""
        with self.redis() as redis:
            redis.delete(*(redis_keys.begun(name) for name in self.workers))

    def logs(self) -> str:
        """Return the ends of all logs."""
        tails = [(path.name, path.read_text(errors="replace")[-1500:]) for path in self.folder.glob("*.log")]
        return "\n".join(f"--- {name}\n{tail}" for name, tail in tails)

    def leftovers(self) -> list[str]:
        """Return folders of ended workers that are left on this machine."""
        pids = [
            process.pid
            for host in self.hosts.values()
            for process in host.processes
            if process.poll() is not None
        ]
        return left_behind(pids, [Path("/var/tmp"), Path(tempfile.gettempdir())])
