"""The files of ``deploy/slurm``: the batch script is run here, with an ``srun`` and an ``apptainer`` of this test.

There is no Slurm and no Apptainer here. The test's ``srun`` starts two tasks on this machine, and its ``apptainer`` runs the command
without a container, with the variables that ``--containall`` would pass. Redis, API and workers are real.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from clients import Executor
from tests.conftest import wait_until

ROOT = Path(__file__).resolve().parents[2]
SLURM = ROOT / "deploy" / "slurm"
APPTAINER = """#!/usr/bin/env bash
[ "$1 $2" = "run --containall" ] || {{ echo "not how the image is run: $*" >&2; exit 2; }}
[ "$3" = "$PWD/acecoder.sif" ] || {{ echo "not the image: $3" >&2; exit 2; }}
passed=()
for name in $(compgen -e APPTAINERENV_); do passed+=("${{name#APPTAINERENV_}}=${{!name}}"); done
shift 3
exec env -i PATH="$PATH" HOME="$PWD" PYTHONPATH={root} "${{passed[@]}}" {python} -m acecoder "$@"
"""
SRUN = """#!/usr/bin/env bash
[ "$1" = --kill-on-bad-exit=0 ] && shift
trap 'kill -TERM $(jobs -p); wait; exit' TERM
"$@" & "$@" & wait
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def job_folder(tmp_path):
    """The folder in which the job is submitted, with the two commands in its ``bin``."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "apptainer").write_text(APPTAINER.format(root=ROOT, python=sys.executable))
    (commands / "srun").write_text(SRUN)
    for command in commands.iterdir():
        command.chmod(0o755)
    return tmp_path


def submit(folder, **variables):
    """Start the batch script as Slurm would on the first node; in a process group of its own."""
    own = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "SLURM_JOB_ID": "7",
        "ACECODER_HEAD": "127.0.0.1",
        "ACECODER_REDIS_PORT": str(free_port()),
        "ACECODER_API_PORT": str(free_port()),
        "APPTAINERENV_EXECUTOR_ENVIRONMENTS": '{"base": {}}',
    }
    return subprocess.Popen(
        ["bash", SLURM / "workers.sbatch"],
        cwd=folder,
        env=os.environ | own | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def running(job):
    """Whatever happens in the test, nothing of the job stays."""
    try:
        yield job
    finally:
        with suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.communicate()


def is_ready(url):
    with suppress(httpx2.HTTPError):
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    return False


def has_ended(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="the batch script needs a redis-server")
def test_a_job_judges_and_ends_when_slurm_tells_it(job_folder):
    (job_folder / "acecoder.sif").touch()
    with running(submit(job_folder)) as job:
        written = job_folder / "acecoder-7.env"
        wait_until(
            lambda: job.poll() is not None or (written.exists() and written.read_text()), timeout_s=120
        )
        assert job.poll() is None, job.stdout.read()
        assert written.stat().st_mode & 0o077 == 0  # the key is in it
        found = dict(re.findall(r"(ACECODER_\w+)=(\S+)", written.read_text()))
        url, token = found["ACECODER_URL"], found["ACECODER_TOKEN"]
        wait_until(lambda: job.poll() is not None or is_ready(url), timeout_s=300)
        assert job.poll() is None, job.stdout.read()
        assert httpx2.get(f"{url}/v1/environments").status_code == 401
        with Executor(url, token=token) as executor:
            right, wrong = executor.execute(["x = 1", "x = 2"], ["assert x == 1"]).results
        assert (right.pass_rate, wrong.pass_rate) == (1.0, 0.0)
        job.send_signal(signal.SIGTERM)
        assert job.wait(timeout=120) == 0
        wait_until(lambda: has_ended(job.pid), timeout_s=30)


def test_a_missing_image_is_named_with_what_builds_it(job_folder):
    with running(submit(job_folder)) as job:
        output, _ = job.communicate(timeout=60)
    assert job.returncode == 1
    assert f"no image {job_folder}/acecoder.sif: build it with 'apptainer build acecoder.sif" in output


def test_the_apptainer_image_has_what_the_container_image_has():
    dockerfile = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    definition = (SLURM / "acecoder.def").read_text()
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for name in line.split()[:-1]
    }
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", definition, re.MULTILINE | re.DOTALL))
    assert {line.split()[0] for line in sections["files"].splitlines() if line} == copied
    for command in re.findall(r"/opt/acecoder/bin/(?:pip|python) .+?(?= \\|$)", dockerfile, re.MULTILINE):
        if "TORCH" not in command and "--index-url" not in command:
            assert command.replace("pip install", "pip install --no-cache-dir") in sections["post"]
    assert 'exec acecoder "$@"' in sections["runscript"]
