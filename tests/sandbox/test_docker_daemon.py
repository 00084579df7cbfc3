"""The Docker backend on a real daemon: the self-check, and what its containers hold. Skipped where none answers."""

import pytest

from services.executor.sandbox import SandboxUnavailable, selfcheck
from services.executor.sandbox.backends.docker import IMAGE
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
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
