"""Two hosts for Redis: one has the address that the executor connects to, the other can have a replica."""

import shutil
from contextlib import suppress
from pathlib import Path

from redis import Redis, RedisError

from services.executor.local.redis import find_server
from tests.conftest import wait_until
from tests.hosts.network import Host, Network

KEEPS = ("--appendonly", "yes", "--appendfsync", "everysec")
"""Persistence as in ``deploy/compose.yaml``."""
START_S = 60
"""A Redis starts in well under a second; the rest is for a machine that is busy with other things."""


def connect(address: str) -> Redis:
    """Return a client of the Redis at an address; a context manager."""
    return Redis(host=address, socket_timeout=2, decode_responses=True)


class RedisPair:
    """The two hosts. Which of them is the primary changes with each ``fail_over``."""

    def __init__(self, network: Network, primary: Host, replica: Host, folder: Path) -> None:
        self._network = network
        self._folder = folder
        self._servers: dict[str, object] = {}
        self.primary, self.replica = primary, replica
        self.address = network.address(10)
        """Address that the executor connects to, in addition to the host's own."""
        self._take_address(primary)

    def start(self, *, keeps: bool = True):
        """Start the Redis of the primary host. ``keeps``: with the data that it had before, if any."""
        self._start(self.primary, keeps=keeps)

    def kill(self):
        """Kill the Redis of the primary host."""
        server = self._servers[self.primary.name]
        server.kill()
        server.wait()

    def start_replica(self):
        """Start a replica on the other host, and wait until it has all data."""
        self._start(self.replica, "--replicaof", self.primary.address, "6379", keeps=False)

        def is_in_step():
            with connect(self.replica.address) as redis:
                return redis.info("replication")["master_link_status"] == "up"

        wait_until(is_in_step, timeout_s=START_S)

    def fail_over(self):
        """Promote the replica and move the address to its host, as an operator does who has lost the other host."""
        with connect(self.replica.address) as redis:
            redis.replicaof("NO", "ONE")
        self.primary.run("ip", "address", "del", f"{self.address}/24", "dev", "eth0")
        self._take_address(self.replica)
        self.kill()
        self.primary, self.replica = self.replica, self.primary

    def _start(self, host: Host, *options: str, keeps: bool):
        folder = self._folder / f"{host.name}.data"
        if not keeps:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        server, _ = find_server()
        words = [server, "--protected-mode", "no", "--save", "", "--dir", str(folder), *KEEPS, *options]
        self._servers[host.name] = host.start(*words, log=self._folder / f"{host.name}.log")
        wait_until(lambda: _answers(host.address), timeout_s=START_S)

    def _take_address(self, host: Host):
        host.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self._network.announce(self.address)


def _answers(address: str) -> bool:
    """Whether the Redis at an address answers, and has its data."""
    with suppress(RedisError, OSError), connect(address) as redis:
        return bool(redis.ping())
    return False
