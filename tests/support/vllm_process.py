"""Runs a real vLLM server, or our service with vLLM inside, by the Python that ``ACECODER_VLLM_PYTHON`` names."""

import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from tests.conftest import wait_until
from tests.support.rm_process import free_port

START_S = 500
"""vLLM takes one to three minutes to start on two busy cores."""
ROOT = Path(__file__).parents[2]
VARIABLES = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "PYTHONPATH": str(ROOT),
}
"""One thread, 1 GiB for the cache, no network, no compilation."""


class VllmProcess:
    """A process with its descendants, in a session of its own. ``base`` is its URL."""

    def __init__(self, command, port, health_path, log, variables=()):
        self.base = f"http://127.0.0.1:{port}"
        self.log = log
        self._health_path = health_path
        with log.open("w") as output:
            self.child = subprocess.Popen(
                command,
                env={**os.environ, **VARIABLES, **dict(variables)},
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_up(self):
        """Return whether it answers; fail if it ended."""
        assert self.child.poll() is None, self.log.read_text()[-3000:]
        try:
            url = f"{self.base}{self._health_path}"
            return httpx2.get(url, timeout=20, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    def descendants(self):
        """Return the processes that it started."""
        return psutil.Process(self.child.pid).children(recursive=True)

    def kill(self):
        """Kill it and its descendants."""
        processes = [*self.descendants(), self.child] if self.child.poll() is None else []
        for process in processes:
            process.kill()
        self.child.wait(60)


@contextmanager
def running(process):
    """Wait until a process is up, and end it after the block."""
    try:
        wait_until(process.is_up, timeout_s=START_S)
        yield process
    finally:
        if process.child.poll() is None:
            process.child.send_signal(signal.SIGTERM)
            try:
                process.child.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def vllm_server(python, folder, log, *, limit, port=0):
    """Return a starting server of a model in the one-label classification layout. ``limit`` is in tokens."""
    port = port or free_port()
    command = [python.parent / "vllm", "serve", folder, "--served-model-name", "rm", "--runner", "pooling"]
    command += ["--enforce-eager", "--dtype", "float32", "--max-model-len", limit]
    command += ["--host", "127.0.0.1", "--port", port]
    return VllmProcess([str(part) for part in command], port, "/health", log)


def service_with_vllm(python, folder, log, **settings):
    """Return a starting service that has vLLM in its process."""
    port = free_port()
    variables = {f"RM_{name.upper()}": str(value) for name, value in settings.items()}
    variables |= {"RM_BACKEND": "vllm", "RM_MODEL": str(folder), "RM_DTYPE": "float32"}
    command = [str(python), "-c", f"from services.rm.app import main; main(port={port})"]
    return VllmProcess(command, port, "/readyz", log, variables.items())
