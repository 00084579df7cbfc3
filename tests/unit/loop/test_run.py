import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from loop.config import LoopConfig
from loop.run import run_loop
from loop.services.process import environment, python_command
from loop.step_process import StepFailedError
from loop.steps.registry import StepEntry
from loop.view import LoopView
from tests.conftest import wait_until

FAKES = "tests.unit.loop.fake_steps"
STEPS = (
    StepEntry("first", "writes", options=("best_of_n.samples",), outputs=("first",), package=FAKES),
    StepEntry("second", "fails", after=("first",), package=FAKES),
)
DRIVER = f"""
import sys
from pathlib import Path
from loop.config import LoopConfig
from loop.run import run_loop
from loop.view import LoopView
from {__name__} import STEPS
run_loop(LoopConfig(), Path(sys.argv[1]), LoopView({{entry.name: '' for entry in STEPS}}), steps=STEPS)
"""


def loop(root: Path, **options: object) -> LoopView:
    view = LoopView({entry.name: entry.title for entry in STEPS})
    config = LoopConfig.model_validate(options.pop("config", {}))
    run_loop(config, root, view, steps=STEPS, **options)  # type: ignore[arg-type]
    return view


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_steps_run_in_order_and_their_output_is_in_their_log(tmp_path: Path) -> None:
    view = loop(tmp_path)
    assert [step.state for step in view.steps.values()] == ["done", "done"]
    assert view.steps["first"].count == "1 of 1 files"
    log = (tmp_path / "logs" / "first.log").read_text()
    assert "printed by a library" in log
    assert "a line of the step" in log
    assert "\x1e" not in log


def test_a_second_run_skips_what_is_done(tmp_path: Path) -> None:
    loop(tmp_path)
    view = loop(tmp_path)
    assert [step.state for step in view.steps.values()] == ["skipped", "skipped"]
    assert lines(tmp_path / "first" / "runs.txt") == ["0 64"]


def test_until_ends_after_the_named_step(tmp_path: Path) -> None:
    view = loop(tmp_path, until="first")
    assert [step.state for step in view.steps.values()] == ["done", "waits"]


def test_a_step_with_other_options_starts_without_its_old_files_and_its_followers_run_again(
    tmp_path: Path,
) -> None:
    loop(tmp_path)
    view = loop(tmp_path, config={"best_of_n": {"samples": 8}})
    assert [step.state for step in view.steps.values()] == ["done", "done"]
    assert lines(tmp_path / "first" / "runs.txt") == ["0 8"]


def test_options_that_no_step_depends_on_repeat_nothing(tmp_path: Path) -> None:
    loop(tmp_path)
    view = loop(tmp_path, config={"rl": {"steps": 3}})
    assert [step.state for step in view.steps.values()] == ["skipped", "skipped"]


def test_restart_repeats_a_step_and_its_followers(tmp_path: Path) -> None:
    loop(tmp_path)
    view = loop(tmp_path, restart="first")
    assert [step.state for step in view.steps.values()] == ["done", "done"]
    assert lines(tmp_path / "first" / "runs.txt") == ["0 64"]
    view = loop(tmp_path, restart="second")
    assert [step.state for step in view.steps.values()] == ["skipped", "done"]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("refuse", "questions: there are none; give a file that has some"),
        ("crash", "RuntimeError: a fault of ours"),
        ("die", "ended with status 137"),
    ],
)
def test_a_step_that_fails_ends_the_loop_with_its_reason_and_is_repeated_alone(
    tmp_path: Path, order: str, message: str
) -> None:
    (tmp_path / "order.txt").write_text(order)
    with pytest.raises(StepFailedError, match=message):
        loop(tmp_path)
    (tmp_path / "order.txt").unlink()
    view = loop(tmp_path)
    assert [step.state for step in view.steps.values()] == ["skipped", "done"]
    assert len(lines(tmp_path / "second.txt")) == 2


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGINT])
def test_a_loop_that_is_killed_leaves_no_step_running_and_resumes(
    tmp_path: Path, kind: signal.Signals
) -> None:
    (tmp_path / "order.txt").write_text("hang")
    command = [*python_command("tests")[:2], "-c", DRIVER, str(tmp_path)]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL) as process:
        pid_file = tmp_path / "pid.txt"
        wait_until(lambda: pid_file.exists() and pid_file.read_text())
        process.send_signal(kind)
    step = int(pid_file.read_text())
    wait_until(lambda: not psutil.pid_exists(step))
    (tmp_path / "order.txt").unlink()
    view = loop(tmp_path)
    assert [step.state for step in view.steps.values()] == ["skipped", "done"]


def test_a_folder_in_which_a_loop_works_is_refused(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "run.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another loop is working"):
            loop(tmp_path)


def test_an_unknown_step_is_refused_with_the_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no step 'third'; give one of first, second"):
        loop(tmp_path, until="third")
