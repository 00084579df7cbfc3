"""Whole runs: real replies of models are replayed, a real executor judges; a run that is killed resumes to the same bytes."""

import fcntl
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from clients.runs.folder_lock import LOCK
from services.executor.sandbox import RUNNER_VERSION
from services.synth.config import read_run_config
from services.synth.pipeline.store import RowState, RunStore
from services.synth.run import make_dataset
from tests.support.replay.personalities import LlamaCpp
from tests.support.replay.recordings import Recordings, load
from tests.support.replay_llm import replaying

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ROOT / "examples" / "synth" / "seeds.jsonl"
COUNT = 8  # seeds; each costs some seconds of a busy machine


class Quiet:
    """Progress that is not shown."""

    def __init__(self):
        self.pauses = []

    def stepped(self, step, stored):
        pass

    def paused(self, stage, reason, pause_s):
        self.pauses.append(reason)


def configuration(folder, llm, executor, **further):
    path = folder / "config.yaml"
    content = {
        "seeds": {"source": str(SEEDS), "first": COUNT},
        "models": {"coder": {"model": "recorded", "endpoints": [{"url": llm}]}},
        "executor": {"url": executor},
        "stages": {
            "rewrite": {"tests": 12, "attempts": 3},
            "validate": {"tests_at_least": 1},
            "filter": {"programs": 4, "min_tests": 1},
            "strengthen": {"inputs": 8, "mutants": 6, "min_tests": 1},
            "sample": {"count": 4},
        },
        "curation": {"canary_share": 1.0, "gap_at_least": 0.1},
        **further,
    }
    path.write_text(yaml.safe_dump(content))
    return path


def read(path):
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def contents(dataset):
    """Every file of a data set but the card, which has times."""
    return {path.name: path.read_bytes() for path in sorted(dataset.glob("*.jsonl.gz"))}


@pytest.fixture(scope="module")
def finished(url, tmp_path_factory):
    """A run that nothing interrupted: its folder and its configuration."""
    folder = tmp_path_factory.mktemp("run")
    with replaying(Recordings(load()), LlamaCpp("recorded")) as (_, llm):
        path = configuration(folder, llm, url)
        result = make_dataset(read_run_config(path), path, folder / "out", Quiet())
    return folder / "out", result


def test_every_seed_is_in_the_data_set_or_dropped_with_a_reason(finished):
    folder, result = finished
    rows, dropped = read(folder / "dataset/suites.jsonl.gz"), read(folder / "dataset/dropped.jsonl.gz")
    assert len(rows) + len(dropped) == COUNT == len({row["id"] for row in [*rows, *dropped]})
    assert rows
    assert all(row["reason"] and row["stage"] for row in dropped)
    assert not any(row["reason"] == "stage_error" for row in dropped)
    assert result.statistics.questions == len(rows)


def test_rates_of_the_data_set_are_those_of_the_executor(finished, url):
    from clients import Executor, Suite

    folder, _ = finished
    suites = {
        row["id"]: Suite.model_validate(row["suite"]) for row in read(folder / "dataset/suites.jsonl.gz")
    }
    with RunStore(folder / "run.sqlite") as store, Executor(url) as executor:
        done = list(store.rows(RowState.DONE))
        assert {stored.row.id for stored in done} == suites.keys()
        for stored in done:
            programs = [
                one for one in stored.row.programs if one.role == "sample" and one.pass_rate is not None
            ]
            results = executor.execute([one.program for one in programs], suites[stored.row.id]).results
            assert [result.pass_rate for result in results] == [one.pass_rate for one in programs]


def test_no_sampled_program_passes_a_canary(finished, url):
    from clients import Candidate, Executor, Suite

    folder, _ = finished
    canaries = read(folder / "dataset/canaries.jsonl.gz")
    assert canaries
    programs = {
        row["id"]: [one["completion"] for one in row["inferences"]]
        for row in read(folder / "dataset/acecode.jsonl.gz")
    }
    with Executor(url) as executor:
        for canary in canaries:
            suite = Suite.model_validate(canary["suite"])
            texts = programs[canary["id"].removesuffix(":canary")]
            candidates = [Candidate(suite=suite.id, completion=text) for text in texts]
            results = executor.execute(candidates, suite).results
            assert all(result.pass_rate < 1 for result in results), canary["id"]


def test_the_card_has_the_counts(finished):
    folder, result = finished
    card = (folder / "dataset/README.md").read_text()
    assert f"| questions that are kept | {result.statistics.questions} | 87,149 |" in card
    with RunStore(folder / "run.sqlite") as store:
        assert f"All verdicts are of the executor's runner {store.runner_version()}." in card
        assert store.runner_version() == RUNNER_VERSION
    assert "127.0.0.1" not in card
    assert str(ROOT) not in card  # it may be published


def test_a_second_run_in_a_folder_is_refused_while_the_first_one_works(finished, url, tmp_path):
    folder, _ = finished
    with (folder / LOCK).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another run is working in this folder"):
            make_dataset(read_run_config(folder / "config.yaml"), folder / "config.yaml", folder, Quiet())


def test_other_settings_are_refused_and_a_restart_takes_them_without_asking_models_again(
    finished, url, tmp_path
):
    folder, result = finished
    shutil.copytree(folder, tmp_path / "out")
    with replaying(Recordings(load()), LlamaCpp("recorded")) as (server, llm):
        path = configuration(tmp_path, llm, url)
        changed = path.read_text().replace("min_tests: 1", "min_tests: 3", 1)
        path.write_text(changed)
        config = read_run_config(path)
        with pytest.raises(ValueError, match=r"made with other settings \(stages\).*--restart"):
            make_dataset(config, path, tmp_path / "out", Quiet())
        again = make_dataset(config, path, tmp_path / "out", Quiet(), restart=True)
    assert server.counts["all"] <= 2  # the checks of the address
    assert again.statistics.questions <= result.statistics.questions
    assert all(len(row["suite"]["asserts"]) >= 3 for row in read(tmp_path / "out/dataset/suites.jsonl.gz"))


def test_rows_are_not_judged_by_two_versions_of_the_runner(finished, url, tmp_path):
    folder, _ = finished
    shutil.copytree(folder, tmp_path / "out")
    with RunStore(tmp_path / "out/run.sqlite") as store:
        (first, *_) = store.rows(RowState.DONE)
        store.write([replace(first, state=RowState.ACTIVE, stages_done=0)], [])
        store._db.execute("UPDATE meta SET value = 'earlier' WHERE key = 'runner'")
    with replaying(Recordings(load()), LlamaCpp("recorded")) as (_, llm):
        path = configuration(tmp_path, llm, url)
        with pytest.raises(ValueError, match=rf"runner earlier, and this one is {RUNNER_VERSION}"):
            make_dataset(read_run_config(path), path, tmp_path / "out", Quiet())


def start(path, folder):
    """Start the command; what it prints goes to a file beside its folder."""
    command = [Path(sys.executable).with_name("acecoder"), "synth", "run", path, "-o", folder]
    with folder.with_suffix(".log").open("a") as log:
        return subprocess.Popen(command, cwd=ROOT, stderr=log)


def test_a_run_that_is_killed_resumes_to_the_same_bytes(finished, url, tmp_path):
    """With faults of the model's server on the way: errors, cut replies."""
    expected, _ = finished
    log = tmp_path / "out.log"
    with replaying(Recordings(load()), LlamaCpp("recorded"), delay_s=0.05, every=7, fault="500") as (
        server,
        llm,
    ):
        path = configuration(tmp_path, llm, url)
        running = start(path, tmp_path / "out")
        wait_for_rows(tmp_path / "out/run.sqlite", running)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        server.faults.every, server.faults.fault = 5, "cut"
        assert start(path, tmp_path / "out").wait(150) == 0, log.read_text()
        before = server.counts["all"]
        assert start(path, tmp_path / "out").wait(60) == 0, log.read_text()
        assert server.counts["all"] - before <= 2  # a rerun asks no model, but for the check of its address
    assert contents(tmp_path / "out/dataset") == contents(expected / "dataset")


def wait_for_rows(path, process):
    """Wait until a run has finished a stage of some rows, and not all."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists():
            with RunStore(path) as store:
                if store.yields():
                    return
        time.sleep(0.05)
    raise AssertionError("the run has finished no row")
