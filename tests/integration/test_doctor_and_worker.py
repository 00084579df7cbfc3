"""What a person sees who asks what is wrong, or starts a worker that cannot work."""

import os
import subprocess
import sys
from itertools import islice

import pytest
from typer.testing import CliRunner

from services.executor.commands import app
from services.executor.local.doctor import examine
from services.executor.local.redis import OwnRedis
from services.executor.sandbox.backends import cgroups, privileges
from services.executor.sandbox.guest.supervisor import fork_loop
from services.executor.settings import ExecutorSettings


def run(module, **environment):
    return subprocess.run(
        [sys.executable, "-m", module],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_worker_that_is_told_nonsense_says_so_and_fails(redis_server):
    ended = run(
        "services.executor.worker.worker", EXECUTOR_REDIS_URL=redis_server.url, EXECUTOR_SERVE='["moon"]'
    )
    assert ended.returncode == 1
    assert "moon" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_doctor_names_a_redis_that_does_not_answer():
    shown = CliRunner().invoke(
        app, ["doctor", "--redis-url", "redis://127.0.0.1:1/0"], env={"COLUMNS": "200"}
    )
    assert shown.exit_code == 1
    assert "does not answer" in shown.output
    assert "python" in shown.output


def test_doctor_tells_what_a_named_redis_keeps(tmp_path):
    server = OwnRedis(tmp_path)
    server.start()
    try:
        settings = ExecutorSettings(_env_file=None, redis_url=server.url)
        found = {finding.check: finding for finding in islice(examine(settings, redis_given=True), 5)}
    finally:
        server.stop()
    assert found["redis"].ok
    kept = found["redis keeps"]
    assert (kept.ok, kept.needed) == (False, False)
    assert "a server with --appendonly yes keeps them" in kept.message


@pytest.mark.parametrize("user", ["", "default"])
def test_a_password_of_redis_is_not_shown(user):
    settings = ExecutorSettings(_env_file=None, redis_url=f"redis://{user}:s3cret@127.0.0.1:1/0")
    (found,) = islice(examine(settings, redis_given=True), 3, 4)
    assert found.message.endswith(f"redis://{user}:***@127.0.0.1:1/0")


def findings(settings, last):
    """What doctor finds up to ``last``, which comes before it tries the jails themselves."""
    found = {}
    for each in examine(settings, redis_given=False):
        found[each.check] = each
        if each.check == last:
            break
    return found


def test_doctor_tells_which_rights_it_found_and_what_each_missing_one_gives_up(monkeypatch):
    settings = ExecutorSettings(_env_file=None, environments={"base": {}})
    for level in privileges.PrivilegeLevel:
        monkeypatch.setattr(privileges, "detect", lambda level=level: level)
        found = findings(settings, "privileges")["privileges"]
        assert found.message.startswith(level.value)
        assert privileges.LIMITATIONS[level] in found.message
        assert found.needed
        assert found.ok is (level is not privileges.PrivilegeLevel.ROOT_AS_ITSELF)


def test_doctor_tells_what_is_missing_without_cgroups(monkeypatch):
    settings = ExecutorSettings(_env_file=None, environments={"base": {}})
    monkeypatch.setattr(cgroups, "obstacle", lambda: "")
    assert findings(settings, "cgroups")["cgroups"].ok
    monkeypatch.setattr(cgroups, "obstacle", lambda: "mounted read-only; do this")
    found = findings(settings, "cgroups")["cgroups"]
    assert not found.ok
    assert not found.needed
    assert "read-only; do this" in found.message
    assert "nothing caps a jail as a whole" in found.message


@pytest.mark.parametrize(("mebibytes", "is_compiled"), [(1023, False), (1024, True)])
def test_doctor_tells_that_small_jails_fork_by_python(mebibytes, is_compiled):
    if fork_loop.load() is None:
        pytest.skip("the compiled code is not built here")
    settings = ExecutorSettings(_env_file=None, jail_memory_bytes=mebibytes * 2**20)
    forks = next(one for one in examine(settings, redis_given=False) if one.check == "forks")
    assert forks.ok is is_compiled
    assert is_compiled or "EXECUTOR_JAIL_MEMORY_BYTES is 1023 MiB" in forks.message


def test_doctor_says_that_docker_needs_an_image_for_more_than_the_standard_library():
    found = findings(ExecutorSettings(_env_file=None, backend="docker"), "scientific")
    assert "no image with numpy" in found["scientific"].message
    assert not found["scientific"].needed
    assert "privileges" not in found


def test_up_says_when_there_is_no_redis_where_it_was_told_to_look():
    shown = CliRunner().invoke(app, ["up", "--port", "0", "--redis-url", "redis://127.0.0.1:1/0"])
    assert shown.exit_code == 1
    assert "no Redis answers at redis://127.0.0.1:1/0" in shown.output
