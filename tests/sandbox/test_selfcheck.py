"""The self-check reports for each backend which behaviours it has and which it lacks."""

import gc
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from clients.contract import Outcome
from services.executor.sandbox import SandboxUnavailable, selfcheck
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.judging import is_still_fair

VERDICT = [
    "a right answer passes",
    "a wrong answer fails",
    "an always-equal object does not pass",
    "leaving with exit code 0 does not pass",
    "an endless loop is stopped",
    "an endless sleep is stopped",
    "memory is limited",
]
CONTAINMENT = [
    "host files are out of reach",
    "only the scratch folder can be written",
    "the scratch folder is empty for the next program",
    "there is no network",
    "other processes are out of sight",
    "the program cannot become root",
    "the environment is empty",
    "dangerous system calls are refused",
    "processes are limited",
]


def test_the_jail_passes_every_check(jail):
    checks = list(selfcheck.run(jail))
    assert [check.name for check in checks] == VERDICT + CONTAINMENT
    assert not [(check.name, check.message) for check in checks if not check.ok]


SLOW = selfcheck._Behaviour(
    "a slow answer passes",
    "import time\ndef probe():\n    time.sleep(1)\n    return 'kept'",
    Outcome.PASSED,
    "",
)


def test_what_runs_out_of_time_on_a_busy_machine_is_checked_once_more(jail, monkeypatch):
    never = replace(SLOW, name="never", program="import time\ndef probe(): time.sleep(1000)")
    monkeypatch.setattr(selfcheck, "_BEHAVIOURS", (SLOW, never))
    busy = selfcheck._LIMITS.model_copy(update={"wall_s": 3.0})
    monkeypatch.setattr(selfcheck, "_LIMITS_WHEN_BUSY", busy)
    assert [check.ok for check in selfcheck.run(jail)] == [True, False]


@pytest.fixture
def shared_folder():
    """A folder that other users may read, as the user of a jail must."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def _environment_check(folder: Path, text: str):
    """Return the check of the environment, in a jail that preloads a module with this text."""
    (folder / "preloaded.py").write_text(text)
    environment = EnvironmentSpec("preloading", modules=("preloaded",), paths=(str(folder),))
    sandbox = open_sandbox(BackendName.NSJAIL, environment, slot=FIRST_SLOT + 4)
    try:
        return {check.name: check for check in selfcheck.run(sandbox)}["the environment is empty"]
    finally:
        sandbox.close()


def test_variables_that_preloaded_modules_set_are_not_the_hosts(shared_folder):
    """As importing scikit-learn (``KMP_*``) and matplotlib (``MPLCONFIGDIR``) does."""
    text = "import os\nos.environ.setdefault('KMP_INIT_AT_FORK', 'FALSE')\nos.environ['MPLCONFIGDIR'] = '/tmp/x'\n"
    assert _environment_check(shared_folder, text).ok


def test_a_variable_of_the_host_fails_the_check(shared_folder, monkeypatch):
    ours = EnvironmentSpec.variables.fget
    monkeypatch.setattr(
        EnvironmentSpec, "variables", property(lambda spec: {**ours(spec), "HOST_SECRET": "x"})
    )
    check = _environment_check(shared_folder, "import os\nos.environ['KMP_INIT_AT_FORK'] = 'FALSE'\n")
    assert not check.ok
    assert "HOST_SECRET" in check.message
    assert "KMP" not in check.message


@pytest.mark.skipif(
    os.geteuid() != 0, reason="an ordinary user cannot do some of these things even without isolation"
)
def test_without_isolation_verdicts_hold_and_containment_does_not(unconfined):
    planted = not os.path.exists("/x")
    try:
        checks = list(selfcheck.run(unconfined))
    finally:
        if planted:  # the check of writing wrote
            with suppress(FileNotFoundError):
                os.unlink("/x")
    assert [check.name for check in checks if check.ok] == VERDICT
    assert [check.name for check in checks if not check.ok] == CONTAINMENT
    for check in checks[len(VERDICT) :]:
        assert "use the nsjail backend" in check.message
    is_still_fair(unconfined)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_a_docker_daemon_one_sentence_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no_daemon.sock")
    sandbox = open_sandbox(BackendName.DOCKER, EnvironmentSpec("base"))
    with pytest.raises(SandboxUnavailable) as caught:
        sandbox.start()
    message = str(caught.value)
    assert message.startswith("no Docker daemon answers")
    assert "start it, or set DOCKER_HOST, or use the nsjail backend" in message
    assert "\n" not in message
    del caught
    gc.collect()  # the Docker SDK leaves the socket it could not connect to the collector, which warns


def test_a_jail_that_cannot_start_is_a_failed_check_and_ends_the_list():
    broken = open_sandbox(BackendName.UNSAFE_PROCESS, EnvironmentSpec("base", python="/no/such/python"))
    (check,) = selfcheck.run(broken)
    assert not check.ok
    assert "/no/such/python" in check.message
