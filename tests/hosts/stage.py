"""An executor on seven hosts that tests may break: Redis, its replica, two API processes behind a balancer, four workers.

All are real processes of this version, unless a test starts others. Nothing restarts a process that has ended: the
tests do it.
"""

import os
import secrets
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
from redis import Redis, RedisError

from clients import Executor
from services.executor.broker import redis_keys
from services.executor.local.redis import find_server
from services.executor.parent_death import WORKER_NAME
from tests.conftest import BASE_ONLY, wait_until
from tests.hosts.network import Host, Network

ROOT = Path(__file__).resolve().parents[2]
START_S = 120
"""A stack starts in some seconds; two minutes are for a machine that is busy with other things."""
PORT = 8000
TOKEN = secrets.token_hex(16)
WORKER = "services.executor.worker.worker"
API = "services.executor.app"
KEEPS = ("--appendonly", "yes", "--appendfsync", "everysec")
"""Persistence as in ``deploy/compose.yaml``."""


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
            self.redis_address = self.network.address(10)
            self.servers: dict[str, object] = {}
            self.start_redis("redis")
            self.give_redis_address("redis")
            self.apis = {name: self.start_api(name) for name in ("api1", "api2")}
            self.start_balancer()
            self.workers = {}
            for host in ("left", "left", "right", "right"):
                self.start_worker(host)
            wait_until(self.is_ready, timeout_s=START_S)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_):
        self._exits.close()

    # -- processes ----------------------------------------------------------------------------------------

    def _python(self, host: Host, module: str, *arguments: str, **variables: str):
        own = {
            "EXECUTOR_REDIS_URL": f"redis://{self.redis_address}:6379/0",
            "EXECUTOR_MAX_CHUNK": "8",
            "EXECUTOR_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT),
            **BASE_ONLY,
            **variables,
        }
        log = self.folder / f"{host.name}.log"
        return host.start(sys.executable, "-m", module, *arguments, log=log, **own)

    def start_redis(self, name: str, *options: str):
        """Start the Redis of a host, with the data that it had before, if any."""
        folder = self.folder / f"{name}.data"
        folder.mkdir(exist_ok=True)
        server, _ = find_server()
        words = [server, "--protected-mode", "no", "--save", "", "--dir", str(folder), *KEEPS, *options]
        host = self.hosts[name]
        self.servers[name] = host.start(*words, log=self.folder / f"{name}.log")
        wait_until(lambda: self.answers(name), timeout_s=START_S)

    def answers(self, name: str) -> bool:
        """Whether the Redis of a host answers, and has its data."""
        with suppress(RedisError, OSError), self.redis_of(name) as redis:
            return bool(redis.ping())
        return False

    def give_redis_address(self, name: str):
        """Give the address that the executor connects to to this host, as an operator moves an address or a name."""
        self.hosts[name].run("ip", "address", "add", f"{self.redis_address}/24", "dev", "eth0")
        for host in self.hosts.values():  # what announcing it (`arping -U`) does
            host.run("ip", "neigh", "flush", "to", self.redis_address)

    def take_redis_address(self, name: str):
        """Take the address away from this host."""
        self.hosts[name].run("ip", "address", "del", f"{self.redis_address}/24", "dev", "eth0")

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
        with Redis(host=self.redis_address, socket_timeout=2, decode_responses=True) as client:
            yield client

    @contextmanager
    def redis_of(self, name: str):
        """The Redis of a host."""
        with Redis(host=self.hosts[name].address, socket_timeout=2, decode_responses=True) as client:
            yield client

    def is_ready(self) -> bool:
        """Whether both API processes are ready and all workers have heartbeats and serve."""
        for name, worker in self.workers.items():
            assert worker.poll() is None, f"worker {name} ended:\n{self.logs()}"
        try:
            with self.redis() as redis:
                versions = redis.smembers(redis_keys.VERSIONS)
                serving = redis.sunion([redis_keys.workers("base", version) for version in versions])
                heartbeats = redis.exists(*(redis_keys.worker(name) for name in self.workers))
            ready = [httpx2.get(f"{self.url_of(name)}/readyz", timeout=5).is_success for name in self.apis]
        except (httpx2.HTTPError, RedisError, OSError):
            return False
        return all(ready) and heartbeats == len(self.workers) and set(self.workers) <= serving

    def busy_worker(self, host: str) -> str:
        """Return a worker of a host that judges at the moment, or an empty text."""
        with self.redis() as redis:
            busy = [name for name in self.on_host(host) if redis.exists(redis_keys.begun(name))]
        return busy[0] if busy else ""

    def logs(self) -> str:
        """Return the ends of all logs."""
        tails = [(path.name, path.read_text(errors="replace")[-1500:]) for path in self.folder.glob("*.log")]
        return "\n".join(f"--- {name}\n{tail}" for name, tail in tails)

    def leftovers(self) -> list[str]:
        """Return folders of ended workers that are left on this machine."""
        folders = [Path("/var/tmp"), Path(tempfile.gettempdir())]
        pids = [p.pid for host in self.hosts.values() for p in host.processes if p.poll() is not None]
        return [
            str(path)
            for pid in pids
            for folder in folders
            for path in folder.glob(f"acecoder*-{pid}-*")
            if not os.path.exists(f"/proc/{pid}")
        ]
