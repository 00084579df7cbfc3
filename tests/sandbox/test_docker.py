"""Tests the Docker backend with a FAKE of the Docker client, which needs no daemon.

Tested: the requests to Docker, and that a zygote that connects to the control socket is a working sandbox. The fake
starts the zygote as a plain child, without namespaces. ``test_attacks.py`` and ``test_docker_daemon.py`` use a daemon.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import docker
import pytest
import requests
from docker.errors import DockerException, ImageNotFound

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends import docker as backend
from services.executor.sandbox.backends.mounts import GUEST
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.settings import ExecutorSettings
from tests.sandbox.judging import holds, is_still_fair


class FakeContainer:
    def __init__(self, popen: subprocess.Popen | None) -> None:
        self.popen = popen
        self.status = "created"
        self.removed = False

    def reload(self) -> None:
        self.status = "running" if self.popen and self.popen.poll() is None else "exited"

    def logs(self, tail: int) -> bytes:
        return b"the end of the log"

    def remove(self, *, force: bool) -> None:
        assert force
        self.removed = True
        if self.popen:
            self.popen.kill()
            self.popen.wait()


class FakeClient:
    """Implements ``client.containers.run`` and records its calls."""

    def __init__(self) -> None:
        self.containers = SimpleNamespace(run=self._run, list=lambda **_options: [])
        self.images = SimpleNamespace(get=lambda _image: None)
        self.instead = ""  # Python to run in place of the zygote
        self.closed = 0
        self.started: list[tuple[str, list[str], dict]] = []
        self.last: FakeContainer | None = None

    def close(self) -> None:
        self.closed += 1

    def info(self) -> dict[str, list[str]]:
        return {"SecurityOptions": ["name=seccomp,profile=default"]}

    def _run(self, *arguments, **options) -> FakeContainer:
        return self.run(*arguments, **options)  # which a test may replace

    def run(self, image: str, command: list[str], **options) -> FakeContainer:
        self.started.append((image, command, options))
        self.last = FakeContainer(self._process(command, options))
        return self.last

    def _process(self, command: list[str], options: dict) -> subprocess.Popen:
        if self.instead:
            return subprocess.Popen([sys.executable, "-c", self.instead])
        folders = {mount["Target"]: mount["Source"] for mount in options["mounts"]}
        root_flags, (script, address, root_settings) = command[:2], command[2:5]
        *flags, zygote, control, config = command[5:]
        settings = json.loads(config)
        paths = [folders[path] for path in settings["paths"]]
        plain = {**settings, "paths": paths, "root": str(GUEST.parent), "namespaces": False, "seccomp": False}
        assert (root_flags, script) == (["-I", "-S"], "/acecoder/container_root.py")
        assert (zygote, control) == ("/acecoder/guest/zygote.py", "CONTROL_FD")
        arguments = [
            f"{folders['/acecoder/guest']}/zygote.py",
            address.replace("/control", folders["/control"], 1),
        ]
        return subprocess.Popen(
            [sys.executable, *flags, *arguments, json.dumps(plain)],
            env=json.loads(root_settings)["variables"],
        )


def mounts(client: FakeClient) -> dict[str, dict]:
    return {mount["Target"]: mount for mount in client.started[0][2]["mounts"]}


@pytest.fixture
def client(monkeypatch):
    fake = FakeClient()
    monkeypatch.setattr(docker, "from_env", lambda: fake)
    return fake


@pytest.fixture
def sandbox(client):
    opened = open_sandbox(BackendName.DOCKER, EnvironmentSpec("base"), slot=3, jail_memory_bytes=2**30)
    yield opened
    opened.close()


def test_a_zygote_that_connects_is_a_sandbox(sandbox, client):
    is_still_fair(sandbox)
    assert len(client.started) == 1


def test_the_options_of_the_container(sandbox, client):
    sandbox.start()
    ((image, command, options),) = client.started
    assert image == backend.IMAGE
    assert command[:4] == ["-I", "-S", "/acecoder/container_root.py", "/control/control"]
    assert command[-3:-1] == ["/acecoder/guest/zygote.py", "CONTROL_FD"]
    settings = json.loads(command[-1])
    assert settings["namespaces"] is True
    assert settings["seccomp"] is True
    mounts = {mount["Target"]: mount for mount in options["mounts"]}
    assert set(mounts) == {"/acecoder/guest", "/acecoder/container_root.py", "/control"}
    assert mounts["/acecoder/container_root.py"]["ReadOnly"] is True
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
    assert "environment" not in options
    assert set(json.loads(command[4])["variables"]) == {"PYTHONHASHSEED", "LC_ALL", "TZ"}


def test_an_environments_python_names_the_image(client):
    sandbox = open_sandbox(BackendName.DOCKER, EnvironmentSpec("mine", python="registry/mine:1"), slot=4)
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
    assert client.closed == 1
    assert not control.exists()
    assert not control.parent.exists()


def test_a_container_that_dies_is_replaced(sandbox, client):
    is_still_fair(sandbox)
    client.last.popen.kill()
    client.last.popen.wait()
    is_still_fair(sandbox)
    assert len(client.started) == 2


def test_a_container_that_never_connects(sandbox, client, monkeypatch):
    client.instead = "import time; time.sleep(600)"
    monkeypatch.setattr(backend, "_CONNECT_S", 0.2)
    with pytest.raises(SandboxUnavailable, match="did not connect: the end of the log"):
        sandbox.start()
    assert client.last.removed
    assert client.closed == 1


def test_a_container_that_ends_at_once_is_not_waited_for(sandbox, client, monkeypatch):
    client.instead = "pass"
    monkeypatch.setattr(backend, "_POLL_S", 0.01)
    monkeypatch.setattr(backend, "_CONNECT_S", 600.0)
    with pytest.raises(SandboxUnavailable, match="did not connect"):
        sandbox.start()


def test_a_remapped_users_zygote_can_reach_its_socket_and_other_users_cannot(sandbox, client):
    sandbox.start()
    shared = Path(mounts(client)["/control"]["Source"])
    assert shared.stat().st_mode & 0o777 == 0o777
    assert (shared / "control").stat().st_mode & 0o777 == 0o777
    assert shared.parent.stat().st_mode & 0o077 == 0


def test_directories_of_an_environment_are_mounted_and_found(client, tmp_path):
    (tmp_path / "house_rules.py").write_text("LIMIT = 42\n")
    spec = EnvironmentSpec("mine", modules=("house_rules",), paths=(str(tmp_path),))
    sandbox = open_sandbox(BackendName.DOCKER, spec, slot=5)
    try:
        holds(sandbox, "import house_rules\ndef f(): return house_rules.LIMIT\n", "assert f() == 42")
        mount = mounts(client)["/acecoder/path0"]
        assert (mount["Source"], mount["ReadOnly"]) == (str(tmp_path), True)
    finally:
        sandbox.close()


def test_modules_that_the_default_image_lacks_are_named_before_a_container_starts(client):
    sandbox = open_sandbox(
        BackendName.DOCKER, EnvironmentSpec("scientific", modules=("json", "numpy")), slot=6
    )
    with pytest.raises(
        SandboxUnavailable, match=r"'scientific' needs numpy, which python:3.11-slim does not have"
    ):
        sandbox.start()
    assert not client.started


def test_an_image_that_the_daemon_lacks_is_named_with_what_to_do(client, monkeypatch):
    def lacks(*_arguments, **_options):
        raise ImageNotFound("404 Client Error: Not Found")

    monkeypatch.setattr(client.images, "get", lacks)
    sandbox = open_sandbox(BackendName.DOCKER, EnvironmentSpec("mine", python="registry/mine:1"), slot=7)
    with pytest.raises(
        SandboxUnavailable, match=r"no image 'registry/mine:1' .* 'docker pull registry/mine:1', or build"
    ):
        sandbox.start()
    assert client.closed == 1


def test_a_worker_in_a_container_is_told_that_the_daemon_cannot_mount_its_files(client, monkeypatch):
    def fails(*_arguments, **_options):
        raise DockerException("bind source path does not exist: /tmp/acecoder-docker-x/shared")

    monkeypatch.setattr(client, "run", fails)
    sandbox = open_sandbox(BackendName.DOCKER, EnvironmentSpec("base"), slot=8)
    with pytest.raises(SandboxUnavailable, match=r"bind source path .* use the nsjail backend there"):
        sandbox.start()


def test_only_base_is_offered_by_default():
    assert list(ExecutorSettings(_env_file=None, backend=BackendName.DOCKER).environments) == ["base"]


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("gone"), DockerException("no"), OSError("broken pipe")]
)
def test_a_daemon_that_fails_makes_the_sandbox_unavailable(sandbox, client, monkeypatch, error):
    def fails(*_arguments, **_options):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(docker, "from_env", fails)
        with pytest.raises(SandboxUnavailable, match="no Docker daemon answers"):
            sandbox.start()
    with monkeypatch.context() as patched:
        patched.setattr(client, "run", fails)
        with pytest.raises(SandboxUnavailable, match="cannot be started"):
            sandbox.start()
    assert client.closed == 1
    sandbox.start()
    monkeypatch.setattr(client.last, "reload", fails)
    monkeypatch.setattr(client.last, "logs", fails)
    assert not sandbox.pool._jail.alive()
    assert sandbox.pool._jail._process.log_tail() == b""
    monkeypatch.setattr(client.last, "remove", fails)
    popen = client.last.popen
    sandbox.close()  # close() works although the daemon is gone
    popen.wait()
