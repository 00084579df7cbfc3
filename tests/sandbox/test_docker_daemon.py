"""The Docker backend on a real daemon: the self-check, and what its containers hold. Skipped where none answers."""

import os
import signal
import subprocess
import sys

import httpx2
import pytest

from services.executor.local.stack import LocalStack
from services.executor.sandbox import SandboxUnavailable, selfcheck
from services.executor.sandbox.backends.docker import IMAGE
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import BASE_ONLY, FIRST_SLOT, batch, wait_until
from tests.sandbox.judging import holds, is_still_fair
from tests.support.docker_daemon import why_no_docker

pytestmark = pytest.mark.skipif(bool(why_no_docker(IMAGE)), reason=why_no_docker(IMAGE) or "a daemon answers")
LISTS = """
import os
def names(folder): return sorted(os.listdir(folder))
def runs(command): return os.system(command) == 0
def groups(): return os.getgroups()
def host(): return os.uname().nodename
"""


@pytest.fixture(scope="module")
def open_container():
    opened = []

    def open_one(**spec):
        opened.append(open_sandbox(BackendName.DOCKER, EnvironmentSpec("base", **spec), slot=FIRST_SLOT + 21))
        return opened[-1]

    yield open_one
    for sandbox in opened:
        sandbox.close()


def test_the_self_check_holds(open_container):
    failed = [check for check in selfcheck.run(open_container()) if not check.ok]
    assert not failed


def test_a_program_sees_python_and_nothing_of_the_image_or_the_host(open_container):
    sandbox = open_container()
    holds(sandbox, LISTS, "assert set(names('/')) <= set('acecoder dev lib lib64 tmp usr etc proc'.split())")
    holds(sandbox, LISTS, "assert names('/acecoder') == ['guest']")
    holds(sandbox, LISTS, "assert names('/dev') == ['null', 'shm', 'urandom', 'zero']")
    holds(sandbox, LISTS, "assert names('/etc') == ['ld.so.cache']")
    holds(sandbox, LISTS, "assert names('/proc') == []")
    holds(sandbox, LISTS, "assert groups() == []")
    holds(sandbox, LISTS, "assert host() == 'jail'")
    holds(sandbox, LISTS, "assert not runs('true')")


def test_commands_of_the_image_are_there_where_the_environment_has_them(open_container):
    sandbox = open_container(commands=True)
    holds(sandbox, LISTS, "assert runs('true')", processes=8)
    is_still_fair(sandbox)


def test_folders_of_the_environment_are_there(open_container, tmp_path):
    (tmp_path / "house_rules.py").write_text("LIMIT = 42\n")
    sandbox = open_container(modules=("house_rules",), paths=(str(tmp_path),))
    holds(sandbox, "import house_rules\ndef f(): return house_rules.LIMIT\n", "assert f() == 42")


def test_an_image_that_is_not_there_is_named(open_container):
    sandbox = open_container(python="acecoder-no-such-image:0")
    with pytest.raises(SandboxUnavailable, match="no image 'acecoder-no-such-image:0'"):
        sandbox.start()


def containers_of(pid):
    """The containers that a process has started and that are still known to the daemon."""
    listed = subprocess.run(
        [
            "docker",
            "ps",
            "--all",
            "--filter",
            "label=acecoder=jail",
            "--format",
            '{{.ID}} {{.Label "acecoder.owner"}}',
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [container for container, owner in rows if owner.startswith(f"{pid}-")]


def test_up_judges_with_containers_and_leaves_none():
    with LocalStack(workers=1, backend="docker", settings=BASE_ONLY) as stack:
        (worker,) = stack.workers
        assert len(containers_of(worker.pid)) == 1
        answer = httpx2.post(
            f"{stack.url}/v1/executions",
            json=batch("def f(x): return x + 1", "def f(x): return x"),
            timeout=120,
        ).json()
    assert [result["pass_rate"] for result in answer["results"]] == [1.0, 0.0]
    assert containers_of(worker.pid) == []


KILLED = """
import os, sys
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
open_sandbox(BackendName.DOCKER, EnvironmentSpec("base")).start()
print("started", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_worker_leaves_is_removed_by_the_next(open_container):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout.readline() == "started\n"
        assert containers_of(killed.pid)
        os.kill(killed.pid, signal.SIGKILL)
    sandbox = open_container()
    is_still_fair(sandbox)
    assert wait_until(lambda: not containers_of(killed.pid))
