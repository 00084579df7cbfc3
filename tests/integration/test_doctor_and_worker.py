"""What a person sees who asks what is wrong, or starts a worker that cannot work."""

import os
import subprocess
import sys

from typer.testing import CliRunner

from services.executor.commands import app


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
    ended = run("services.executor.worker", EXECUTOR_REDIS_URL=redis_server.url, EXECUTOR_SERVE='["moon"]')
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


def test_up_says_when_there_is_no_redis_where_it_was_told_to_look():
    shown = CliRunner().invoke(app, ["up", "--redis-url", "redis://127.0.0.1:1/0"])
    assert shown.exit_code == 1
    assert "no Redis answers at redis://127.0.0.1:1/0" in shown.output
