"""Builds the images and runs the stack of ``deploy/compose.yaml`` for tests, under a project name of its own."""

import json
import os
import secrets
import socket
import subprocess
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
PYTHON_IMAGES = ("python:3.12-slim", "python:3.11-slim")
"""Base images, the Dockerfile's own default first: on a machine without an image registry there may be another."""
REDIS_IMAGE = "redis:7.2-alpine"
LOCAL_REDIS = "acecoder-test-redis"


def run(*command: str, check: bool = True, **variables: str) -> str:
    """Run a command in the root of the repository; return what it printed."""
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert not check or ended.returncode == 0, (
        f"{' '.join(command)}: {ended.stdout[-3000:]}{ended.stderr[-3000:]}"
    )
    return ended.stdout + ("" if check else ended.stderr)


def has_image(image: str) -> bool:
    """Whether the daemon has an image, or can pull it."""
    for command in (["docker", "image", "inspect", image], ["docker", "pull", "--quiet", image]):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return True
    return False


def python_image() -> str:
    """Return a base image that is to be had here; an empty text if there is none."""
    return next((image for image in PYTHON_IMAGES if has_image(image)), "")


def build(service: str, base: str) -> None:
    """Build the image of a service by ``make images``, with the network of this machine."""
    flags = f"--network=host --build-arg=PYTHON_IMAGE={base}"
    run("make", f"image-{service}", "TAG=test", f"BUILD_FLAGS={flags}")


def redis_image(base: str) -> str:
    """Return an image of Redis: the public one, or one of Debian's package."""
    if has_image(REDIS_IMAGE):
        return REDIS_IMAGE
    arguments = ["--build-arg", f"PYTHON_IMAGE={base}", "--tag", LOCAL_REDIS, "tests/deploy"]
    run("docker", "build", "--network=host", "--file", "tests/deploy/redis.Dockerfile", *arguments)
    return LOCAL_REDIS


class ComposeStack:
    """The stack as a context manager; ``url`` and ``token`` are what a client on the host needs."""

    def __init__(self, redis: str, *, workers: int = 2, settings: Path | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.project = f"acecoder-test-{secrets.token_hex(4)}"
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}"
        self._variables = {
            "EXECUTOR_TOKEN": self.token,
            "EXECUTOR_IMAGE": "acecoder-executor:test",
            "REDIS_IMAGE": redis,
            "STACK_API_PORT": str(self.port),
            "STACK_WORKERS": str(workers),
            "STACK_SETTINGS": str(settings or os.devnull),
        }

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Run ``docker compose`` on this stack."""
        command = ["docker", "compose", "--project-name", self.project, "--file", "deploy/compose.yaml"]
        return run(*command, *arguments, check=check, **self._variables)

    def __enter__(self) -> Self:
        try:
            self.compose("up", "--no-build", "--detach", "--wait", "--wait-timeout", "240")
        except AssertionError as failure:
            logs = self.compose("logs", "--no-color", "--tail", "40", check=False)
            self.close()
            raise AssertionError(f"{failure}\n{logs[-4000:]}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the stack and remove its volumes and networks."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", check=False)

    def containers(self, service: str) -> list[str]:
        """Return the ids of the containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def inspect(self, container: str) -> dict:
        """Return what Docker knows about a container."""
        return json.loads(run("docker", "inspect", container))[0]

    def leftovers(self) -> list[str]:
        """Return the containers, volumes and networks of this stack."""
        label = f"label=com.docker.compose.project={self.project}"
        kinds = (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
        return [name for kind in kinds for name in run("docker", *kind, "--quiet", "--filter", label).split()]
