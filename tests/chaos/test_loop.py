"""Steps of the loop while the executor's workers and its API are killed: the same verdicts, the same rewards."""

import threading
from dataclasses import replace
from itertools import count

import anyio
import pytest

from clients.config import ClientConfig
from clients.executor import AsyncExecutor
from loop.steps.context import SilentProgress
from loop.steps.held_out.judging import CONNECT_S, ProgramsToJudge, judge_groups
from loop.steps.row_file import RowFile
from tests.chaos.judging import SLOW, programs
from tests.chaos.stage import SLOW_START_S
from tests.conftest import wait_until


class Killer(threading.Thread):
    """Kills a worker that judges, then the API while a worker judges; the stage's supervisor starts both again."""

    def __init__(self, stage, *, between=None):
        super().__init__(daemon=True)
        self._stage = stage
        self._between = between or threading.Event()
        if between is None:
            self._between.set()
        self.killed = []

    def run(self):
        self._kill(wait_until(self._stage.busy_worker, timeout_s=SLOW_START_S), "worker")
        assert self._between.wait(SLOW_START_S)
        wait_until(self._stage.busy_worker, timeout_s=SLOW_START_S)
        self._kill(self._stage.api, "API")

    def _kill(self, process, name):
        process.kill()
        process.wait()
        self.killed.append(name)


def test_verdicts_that_best_of_n_keeps_are_the_same(stage, tmp_path):
    def judge(name):
        """New programs each time, so that no verdict comes from the cache."""
        tests = ["assert f(1) == 2", "assert f(5) == 6"]
        groups = [ProgramsToJudge(f"q{at}", "f", programs(20, SLOW), tests) for at in range(4)]
        file = RowFile(tmp_path / f"{name}.jsonl")

        async def run():
            config = replace(ClientConfig.from_env(), url=stage.url, connect_s=CONNECT_S)
            async with AsyncExecutor(config=config) as executor:
                await judge_groups(executor, groups, file, SilentProgress())

        anyio.run(run)
        return file.path.read_text()

    expected = judge("calm")
    killer = Killer(stage)
    killer.start()
    assert judge("killed") == expected
    killer.join()
    assert killer.killed == ["worker", "API"]


def test_rl_pauses_and_has_the_same_rewards(stage, tmp_path, monkeypatch):
    pytest.importorskip("trl")
    from examples import tiny_base
    from loop.rl import training
    from loop.rl.points import MeasurementFile
    from tests.support import small_rl

    monkeypatch.setenv("ACECODER_URL", stage.url)
    small_rl.forget_services()
    new = count()

    def texts():
        """Right and wrong in turn, and new each time; they sleep, so that there is time for the killer."""
        slow = f"```python\nimport time\ntime.sleep(0.3)\n# {next(new)}\n"
        while True:
            for text in (small_rl.RIGHT, small_rl.WRONG, small_rl.WRONG):
                yield text.replace("```python\n", slow.replace("# ", f"# {next(new)} "))

    policy = tiny_base.write(tmp_path / "policy")
    dataset = small_rl.write_dataset(tmp_path / "dataset")
    options = small_rl.OPTIONS.model_copy(update={"samples_per_prompt": 4})

    def train(name, **changes):
        with monkeypatch.context() as patch:
            small_rl.give_texts(patch, texts())
            folder = tmp_path / name
            training.train(small_rl.make_task(policy, dataset, folder, options=options, **changes))
        steps = small_rl.lines(folder / "rewards.jsonl")
        rewards = [
            (step["step"], step["reward"], step["canaries"], step["canary_pass_rate"]) for step in steps
        ]
        return rewards, [one.sampled for one in MeasurementFile(folder / "points.jsonl").read()]

    expected = train("calm")
    assert len({reward for _, reward, *_ in expected[0]}) > 1, "the steps' rewards differ"
    is_first_step_done = threading.Event()
    killer = Killer(stage, between=is_first_step_done)
    killer.start()
    assert train("killed", on_step=lambda _: is_first_step_done.set()) == expected
    killer.join()
    assert killer.killed == ["worker", "API"]
    small_rl.forget_services()
