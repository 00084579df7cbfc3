"""The whole loop of ``examples/loop/real.yaml``, with small sizes: real services, a tiny policy with random weights, and
models that are scripted.

Its numbers mean nothing. Shown is that each step writes its results, that a second run does nothing, and that workers
which are killed on the way change nothing.
"""

import gzip
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import yaml

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.policy.sampling import load_policy
from loop.results import (
    AblationResults,
    DatasetResults,
    ExampleResults,
    RlResults,
    SelectionResults,
    WorldResults,
)
from loop.run import run_loop
from loop.steps.registry import STEPS
from loop.view import LoopView
from tests.compat import tiny
from tests.conftest import wait_until
from tests.support.scripted_models import questions, serve_models

RESULTS = {
    "world": WorldResults,
    "synthesise": DatasetResults,
    "best_of_n": SelectionResults,
    "rl": RlResults,
    "ablations": AblationResults,
    "examples": ExampleResults,
}
pytestmark = pytest.mark.timeout(900)  # the whole loop runs once: a minute, and more on a busy machine
ROOT = Path(__file__).resolve().parents[3]
TRAIN = 6
"""Training questions."""


def small_config(world: dict[str, str]) -> LoopConfig:
    """Return the example's configuration with other models and smaller sizes; its stages and adapters stay."""
    values = yaml.safe_load((ROOT / "examples" / "loop" / "real.yaml").read_text())
    values["world"] |= {**world, "completions_at_once": 16}
    values["synthesise"] |= {"samples": 8, "solver_programs": 5, "tests": 12}
    values["reward_model"] |= {"batch_pairs": 8, "held_out": 0}
    values["best_of_n"] |= {"samples": 4}
    values["rl"] |= {
        "steps": 3, "prompts_per_step": 2, "samples_per_prompt": 2, "measure_every": 3, "measure_samples": 1,
        "device_batch": 4,
    }  # fmt: skip
    return LoopConfig.model_validate({**values, "longest_prompt": 160, "longest_answer": 120, "threads": 1})


@dataclass
class SmallLoop:
    """The inputs of loops that are equal but for their folders."""

    root: Path
    url: str
    config: LoopConfig = field(init=False)

    def __post_init__(self) -> None:
        rows = self.root / "questions.jsonl"
        rows.write_text("".join(row.model_dump_json() + "\n" for row in questions(TRAIN)))
        policy = self.root / "policy"
        tiny.policy().save_pretrained(policy)
        tiny.tokenizer().save_pretrained(policy)
        names = {"writer_model": "writer", "solver_model": "solver", "policy_model": "policy"}
        urls = {"writer_url": self.url, "solver_url": self.url, "policy_url": self.url}
        self.config = small_config({"questions": str(rows), "policy": str(policy), **names, **urls})

    def run(self, name: str, view: LoopView | None = None, until: str = "") -> LoopView:
        view = view or quiet_view()
        run_loop(self.config, self.root / name, view, until=until)
        return view


def quiet_view() -> LoopView:
    return LoopView({entry.name: entry.title for entry in STEPS})


class Killer(threading.Thread):
    """Kills a worker of the executor, then the executor itself, while a synthesis judges."""

    def __init__(self, synth: Path) -> None:
        super().__init__(daemon=True)
        self._rows = synth / "run.sqlite"
        self.killed: list[str] = []

    def run(self) -> None:
        for stages_done, name in ((TRAIN, "services.executor.worker.worker"), (2 * TRAIN, "up")):
            wait_until(lambda done=stages_done: self._stages_done() >= done, timeout_s=300)
            _find_process(name).kill()
            self.killed.append(name)

    def _stages_done(self) -> int:
        try:
            with closing(sqlite3.connect(f"file:{self._rows}?mode=ro", uri=True)) as db:
                return int(db.execute("SELECT count(*) FROM steps").fetchone()[0])
        except sqlite3.OperationalError:  # it is not there yet
            return 0


def _find_process(name: str) -> psutil.Process:
    """Return a process below this one that has an argument, and is not the one that restarts it."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            arguments = process.cmdline()
            if name in arguments and "loop.services.tied" not in arguments:
                return process
    raise AssertionError(f"no process has the argument {name}")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLoop]:
    with serve_models(questions(TRAIN)) as url:
        yield SmallLoop(tmp_path_factory.mktemp("loop"), url)


@pytest.fixture(scope="module")
def finished(small: SmallLoop) -> RunFolder:
    small.run("whole")
    return RunFolder(small.root / "whole")


def rows_of(folder: RunFolder) -> list[object]:
    with gzip.open(folder.synth / "rows.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("step", RESULTS)
def test_each_step_writes_its_results(finished: RunFolder, step: str) -> None:
    assert finished.read_results(step, RESULTS[step]) is not None


def test_the_filter_drops_most_wrong_tests(finished: RunFolder) -> None:
    results = finished.read_results("synthesise", DatasetResults)
    assert results is not None
    assert results.wrong_tests_imagined
    assert results.wrong_tests_kept is not None
    assert results.wrong_tests_kept < results.wrong_tests_imagined / 2
    assert results.pairs


def test_no_rule_is_above_the_oracle(finished: RunFolder) -> None:
    results = finished.read_results("best_of_n", SelectionResults)
    assert results is not None
    (oracle,) = [row for row in results.rows if row.rule == "oracle"]
    for row in results.rows:
        for n, share in row.by_n.items():
            assert share.mean <= oracle.by_n[n].mean + 1e-9


def test_suites_hold_tests_that_strengthening_added(finished: RunFolder) -> None:
    results = finished.read_results("synthesise", DatasetResults)
    assert results is not None
    assert results.tests_imagined >= results.tests_kept > 0
    assert results.tests_added


def test_each_reward_trained_adapters_that_became_a_policy_of_their_own(finished: RunFolder) -> None:
    results = finished.read_results("rl", RlResults)
    assert results is not None
    assert [run.name for run in results.runs] == ["rule", "reward_model"]
    for run in results.runs:
        policy = load_policy(finished.rl(run.name) / "policy")
        assert not any("lora" in name for name, _ in policy.model.named_parameters())


def test_the_report_claims_no_interval_of_four_questions(finished: RunFolder) -> None:
    page = (finished.root / "report.html").read_text()
    assert "</html>" in page
    assert "too few for intervals" in page
    assert "Bars are 95" not in page


def test_a_second_run_repeats_nothing_but_the_report(small: SmallLoop, finished: RunFolder) -> None:
    view = small.run("whole")
    assert {name for name, step in view.steps.items() if step.state != "skipped"} == {"report"}


def test_a_worker_and_an_executor_that_are_killed_on_the_way_change_nothing(
    small: SmallLoop, finished: RunFolder
) -> None:
    killed = RunFolder(small.root / "killed")
    killer = Killer(killed.synth)
    killer.start()
    small.run("killed", until="synthesise")
    killer.join()
    assert len(killer.killed) == 2
    assert "starting it again" in killed.log("service-executor").read_text()
    assert rows_of(killed) == rows_of(finished)
    first, second = (folder.read_results("synthesise", DatasetResults) for folder in (killed, finished))
    assert first is not None
    assert second is not None
    unmeasured = {"wall_s": 0.0, "stages": []}
    assert first.model_copy(update=unmeasured) == second.model_copy(update=unmeasured)
