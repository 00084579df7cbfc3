"""Hosts on one machine: network namespaces on a switch, each with a host name, a boot id and a /run of its own.

To Redis and to the executor, a process in one of them is on another machine: it has another address and another host
name, its slots are not locked by workers of other hosts, and the cable of its host can be pulled. Hosts share the
kernel, the cores, the files outside /run, and the process ids.

Everything ends with the process that made it: the kernel removes a namespace with its last process.
"""

import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

from services.executor.parent_death import end_with_parent

SETTLE_S = 10
"""Longest time that a namespace takes to appear: it takes milliseconds."""
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def why_no_hosts() -> str:
    """Return why this machine cannot have hosts in namespaces; empty if it can."""
    missing = [
        name for name in ("ip", "nsenter", "unshare", "mount", "redis-server") if not shutil.which(name)
    ]
    if missing:
        return f"{missing[0]!r} is not installed (iproute2, util-linux, redis-server)"
    trial = subprocess.run(
        ["unshare", "--net", "--uts", "--mount", "ip", "link", "add", "trial", "type", "bridge"],
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"no network namespace with a bridge: {trial.stderr.strip()}; run as root" if trial.returncode else ""
    )


def _run(*words: str) -> None:
    finished = subprocess.run(words, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, f"{' '.join(words)}: {finished.stderr}"


def _hold_namespaces(*options: str, setup: str = "") -> subprocess.Popen:
    """Start a process that keeps new namespaces alive; return it when they are there."""
    holder = subprocess.Popen(
        ["unshare", *options, "sh", "-c", f"set -e; {setup or ':'}; echo ready; exec sleep infinity"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl call
    )
    with holder.stdout:
        assert holder.stdout.readline() == "ready\n", "no namespaces"
    return holder


class Host:
    """One host: starts processes in its namespaces."""

    def __init__(self, name: str, address: str, folder: Path) -> None:
        self.name, self.address = name, address
        boot_id = folder / f"{name}.boot_id"
        boot_id.write_text(f"{uuid.uuid4()}\n")
        setup = (
            f"hostname {name}; mount -t tmpfs none /run; mount --bind {boot_id} {BOOT_ID}; ip link set lo up"
        )
        self.holder = _hold_namespaces("--net", "--uts", "--mount", "--propagation", "private", setup=setup)
        self.processes: list[subprocess.Popen] = []

    def command(self, *words: str) -> list[str]:
        """Return the command that runs ``words`` on this host."""
        return ["nsenter", f"--target={self.holder.pid}", "--net", "--uts", "--mount", "--", *words]

    def run(self, *words: str) -> None:
        """Run a command on this host and check that it succeeded."""
        _run(*self.command(*words))

    def start(self, *words: str, log: Path, **variables: str) -> subprocess.Popen:
        """Start a process on this host."""
        with log.open("ab") as stream:
            process = subprocess.Popen(
                self.command(*words),
                env={**os.environ, **variables},
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl call
            )
        self.processes.append(process)
        return process

    def terminate(self) -> list[subprocess.Popen]:
        """Tell the processes of this host to end; return them."""
        running = [process for process in self.processes if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        return running

    def stop(self) -> None:
        """Stop the processes of this host, and then the host."""
        for process in self.terminate():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.holder.terminate()
        self.holder.wait()


class Network:
    """Hosts on one switch; this process is on it, too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._net = f"198.18.{os.getpid() % 256}"
        """Of the block that is set aside for tests of network equipment (RFC 2544): no real network has it."""
        self._switch = _hold_namespaces(
            "--net", setup="ip link add sw0 type bridge forward_delay 0; ip link set sw0 up"
        )
        self._hosts: dict[str, Host] = {}
        self._outside = f"hosts{os.getpid()}"
        self._plug_in(self._outside, str(os.getpid()), "me", f"{self._net}.254")

    def address(self, number: int) -> str:
        """Return the address with this number."""
        return f"{self._net}.{number}"

    def add(self, name: str) -> Host:
        """Add a host; its address is the next free one."""
        host = self._hosts[name] = Host(name, self.address(20 + len(self._hosts)), self._folder)
        self._plug_in("eth0", str(host.holder.pid), name, host.address)
        return host

    def _plug_in(self, interface: str, pid: str, port: str, address: str) -> None:
        in_switch = ["nsenter", f"--target={self._switch.pid}", "--net"]
        in_host = ["nsenter", f"--target={pid}", "--net"]
        create = f"ip link add {port} type veth peer name {interface} netns {pid}"
        _run(*in_switch, *create.split())
        _run(*in_switch, "ip", "link", "set", port, "master", "sw0", "up")
        _run(*in_host, "ip", "address", "add", f"{address}/24", "dev", interface)
        _run(*in_host, "ip", "link", "set", interface, "up")

    def announce(self, address: str) -> None:
        """Make all hosts, and this process, look for the owner of an address again: what ``arping -U`` does."""
        forget = ("ip", "neigh", "flush", "to", address)
        for host in self._hosts.values():
            host.run(*forget)
        _run(*forget)

    def cut_off(self, host: Host) -> None:
        """Pull the cable of a host: packets vanish, and no connection is closed."""
        self._set_port(host, "down")

    def rejoin(self, host: Host) -> None:
        """Plug the cable in again."""
        self._set_port(host, "up")

    def _set_port(self, host: Host, state: str) -> None:
        _run("nsenter", f"--target={self._switch.pid}", "--net", "ip", "link", "set", host.name, state)

    def stop(self) -> None:
        """Stop all hosts, those that were added last first, and the switch."""
        hosts = list(reversed(self._hosts.values()))
        for host in hosts[:-2]:  # the first two may be what the others need to end in order
            host.terminate()
        for host in hosts:
            host.stop()
        self._switch.terminate()
        self._switch.wait()
        # the kernel removes the namespace's cables in the background
        gives_up_at = time.monotonic() + SETTLE_S
        while Path(f"/sys/class/net/{self._outside}").exists():
            assert time.monotonic() < gives_up_at, f"{self._outside} is left behind"
            time.sleep(0.05)
