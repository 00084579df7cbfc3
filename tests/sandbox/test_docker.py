"""The Docker backend, driven by a STAND-IN for the Docker client: no daemon runs here.

Shown: what is asked of Docker, and that a zygote that connects to the control socket is a working sandbox. Not
shown: that a Docker daemon grants it. The stand-in starts the zygote as a plain child, without namespaces.
"""

import json
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox import docker as backend
from services.executor.sandbox.backends import Backend, EnvironmentSpec, open_sandbox
from services.executor.sandbox.pythons import GUEST
from tests.sandbox.judging import is_still_fair


class StandInContainer:
    def __init__(self, popen: subprocess.Popen | None) -> None:
        self.popen = popen
        self.status = "created"
        self.removed = False

    def reload(self) -> None:
        self.status = "running" if self.popen and self.popen.poll() is None else "exited"

    def logs(self, tail: int) -> bytes:
        return b"the last words"

    def remove(self, *, force: bool) -> None:
        assert force
        self.removed = True
        if self.popen:
            self.popen.kill()
            self.popen.wait()


class StandInClient:
    """Answers to ``client.containers.run``; keeps what was asked."""

    def __init__(self, *, connects: bool = True) -> None:
        self.containers = self
        self.connects = connects
        self.started: list[tuple[str, list[str], dict]] = []
        self.last: StandInContainer | None = None

    def run(self, image: str, command: list[str], **options) -> StandInContainer:
        self.started.append((image, command, options))
        self.last = StandInContainer(self._zygote(command, options) if self.connects else None)
        return self.last

    def _zygote(self, command: list[str], options: dict) -> subprocess.Popen:
        folders = {mount["Target"]: mount["Source"] for mount in options["mounts"]}
        *flags, script, control, config = command
        plain = {**json.loads(config), "root": str(GUEST.parent), "namespaces": False, "seccomp": False}
        assert script == "/acecoder/guest/zygote.py"
        arguments = [
            f"{folders['/acecoder/guest']}/zygote.py",
            control.replace("/control", folders["/control"], 1),
        ]
        return subprocess.Popen(
            [sys.executable, *flags, *arguments, json.dumps(plain)], env=options["environment"]
        )


@pytest.fixture
def client(monkeypatch):
    stand_in = StandInClient()
    monkeypatch.setattr(docker, "from_env", lambda: stand_in)
    return stand_in


@pytest.fixture
def sandbox(client):
    opened = open_sandbox(Backend.DOCKER, EnvironmentSpec("base"), slot=3, jail_memory_bytes=2**30)
    yield opened
    opened.close()


def test_a_zygote_that_connects_is_a_sandbox(sandbox, client):
    is_still_fair(sandbox)
    assert len(client.started) == 1


def test_what_is_asked_of_docker(sandbox, client):
    sandbox.start()
    ((image, command, options),) = client.started
    assert image == backend.IMAGE
    assert command[-3:-1] == ["/acecoder/guest/zygote.py", "/control/control"]
    asked = json.loads(command[-1])
    assert asked["namespaces"] is True
    assert asked["seccomp"] is True
    mounts = {mount["Target"]: mount for mount in options["mounts"]}
    assert set(mounts) == {"/acecoder/guest", "/control"}
    assert mounts["/acecoder/guest"]["ReadOnly"] is True
    assert options["cap_drop"] == ["ALL"]
    assert sorted(options["cap_add"]) == ["KILL", "SETGID", "SETUID", "SYS_ADMIN", "SYS_CHROOT"]
    assert options["network_mode"] == "none"
    assert options["read_only"] is True
    assert options["mem_limit"] == options["memswap_limit"] == 2**30
    assert options["pids_limit"] == 4096
    assert "no-new-privileges" in options["security_opt"]
    assert options["ipc_mode"] == "private"
    assert not options.get("privileged")
    assert set(options["environment"]) == {"PYTHONHASHSEED", "LC_ALL", "TZ"}


def test_an_environments_python_names_the_image(client):
    sandbox = open_sandbox(Backend.DOCKER, EnvironmentSpec("mine", python="registry/mine:1"), slot=4)
    try:
        sandbox.start()
        assert client.started[0][0] == "registry/mine:1"
    finally:
        sandbox.close()


def test_closing_removes_the_container_and_the_socket(sandbox, client):
    sandbox.start()
    (control,) = [
        Path(mount["Source"]) for mount in client.started[0][2]["mounts"] if mount["Target"] == "/control"
    ]
    assert (control / "control").is_socket()
    sandbox.close()
    assert client.last.removed
    assert not control.exists()


def test_a_container_that_dies_is_replaced(sandbox, client):
    is_still_fair(sandbox)
    client.last.popen.kill()
    client.last.popen.wait()
    is_still_fair(sandbox)
    assert len(client.started) == 2


def test_a_container_that_never_connects(sandbox, client, monkeypatch):
    client.connects = False
    monkeypatch.setattr(backend, "_CONNECT_S", 0.2)
    with pytest.raises(SandboxUnavailable, match="did not connect"):
        sandbox.start()
    assert client.last.removed
