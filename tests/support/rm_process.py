"""Runs the reward-model service in a process of its own, with a tiny model of random weights."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import torch

from tests.conftest import wait_until
from tests.support.tiny_models import save_classification


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServiceProcess:
    """A running service."""

    def __init__(self, folder, port, **settings):
        self.url = f"http://127.0.0.1:{port}"
        self.address = f"127.0.0.1:{port}"
        variables = {f"RM_{name.upper()}": str(value) for name, value in settings.items()}
        command = f"from services.rm.app import main; main(port={port})"
        self.child = subprocess.Popen(
            [sys.executable, "-c", command],
            env={
                **os.environ,
                "RM_MODEL": str(folder),
                "RM_THREADS": "1",
                "HF_HUB_OFFLINE": "1",
                **variables,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def is_up(self):
        assert self.child.poll() is None, "the service ended"
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    def metrics(self):
        """Return the metrics as {name and labels: value}."""
        text = httpx2.get(f"{self.url}/metrics", timeout=30, trust_env=False).text
        lines = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, _, value in lines}


@contextmanager
def service_process(folder, *, port=0, wait=True, **settings):
    """Start a service, and stop it when the block ends."""
    running = ServiceProcess(folder, port or free_port(), **settings)
    try:
        if wait:
            wait_until(running.is_up, timeout_s=150)
        yield running
    finally:
        running.child.terminate()
        running.child.wait(30)


class TinyModel:
    """A tiny reward model in a folder. Computes expected scores in this process, without the engine."""

    def __init__(self, folder):
        self.folder = folder
        self.model = save_classification(folder)

    def of_ids(self, ids):
        with torch.inference_mode():
            hidden = self.model.model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]
            return float(self.model.score(hidden)[0])
