"""The client against the running stack: everything a user calls, end to end."""

import asyncio
import json
import re

import pytest
from typer.testing import CliRunner

from clients import (
    AsyncExecutor,
    Candidate,
    ClientConfig,
    Executor,
    JobState,
    LimitAboveCapError,
    NotFoundError,
    Outcome,
    Suite,
    UnknownEnvironmentError,
    best_of_n,
)
from clients.cli.commands import app

TESTS = ["assert f(1) == 2", "assert f(5) == 6"]
RIGHT, HALF, WRONG = "def f(x): return x + 1", "def f(x): return 2", "def f(x): return x"


@pytest.fixture(scope="module")
def executor(stack):
    with Executor(stack.url) as client:
        yield client


def test_a_batch_comes_back_in_order_with_its_rates(executor):
    response = executor.execute([RIGHT, WRONG, HALF], TESTS)
    assert [result.pass_rate for result in response.results] == [1.0, 0.0, 0.5]
    assert [result.outcome for result in response.results[2].tests] == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert len(response.suites[0].test_hashes) == 2


def test_a_stream_yields_every_result_once(executor):
    results = list(executor.stream([RIGHT, WRONG] * 40, TESTS, cache=False))
    assert sorted(result.index for result in results) == list(range(80))
    assert all(result.pass_rate == (result.index + 1) % 2 for result in results)


def test_a_batch_in_parts_gives_the_same_results_as_in_one(stack, executor):
    suites = [Suite(id="a", asserts=TESTS), Suite(id="b", asserts=TESTS[:1])]
    candidates = [Candidate(suite="ab"[at % 2], program=[RIGHT, HALF, WRONG][at % 3]) for at in range(60)]
    whole = executor.execute(candidates, suites)
    with Executor(config=ClientConfig(url=stack.url, max_body_bytes=1500)) as small:
        parts = small.execute(candidates, suites)
    seen = [
        [(result.id, result.index, result.suite, result.pass_rate) for result in one.results]
        for one in (whole, parts)
    ]
    assert seen[0] == seen[1]
    assert [info.test_hashes for info in whole.suites] == [info.test_hashes for info in parts.suites]


def test_a_job_is_waited_for_and_its_results_streamed(executor):
    handle = executor.submit([RIGHT, WRONG], TESTS)
    assert re.fullmatch(r"<JobHandle \S+: [012] of 2 done; wait\(\) returns the answer>", repr(handle))
    assert [result.pass_rate for result in handle.wait().results] == [1.0, 0.0]
    assert handle.job.state is JobState.FINISHED
    assert sorted(result.index for result in executor.job(handle.id).stream()) == [0, 1]
    handle.cancel()
    assert handle.poll().state is JobState.FINISHED


def test_the_best_of_several_completions(executor):
    completions = [
        f"```python\n{WRONG}\n```",
        "I would rather not.",
        f"Sure!\n```python\n{RIGHT}\n```\nTry `f(1)`.",
    ]
    best = best_of_n("Add one to x.", completions, tests=TESTS, executor=executor)
    assert (best.winner, best.best, best.results[1].tests[0].outcome) == (2, RIGHT, Outcome.SYNTAX_ERROR)


def test_environments(executor):
    assert "base" in [result.name for result in executor.environments()]


def test_refusals_are_the_classes_that_say_why(executor):
    with pytest.raises(UnknownEnvironmentError, match="base"):
        executor.execute([RIGHT], TESTS, environment="none-such")
    with pytest.raises(LimitAboveCapError, match="cpu_s"):
        executor.execute([RIGHT], TESTS, limits={"cpu_s": 1e6})
    with pytest.raises(NotFoundError):
        executor.job("none-such").poll()


def test_many_tasks_share_an_async_executor(stack):
    async def once(client, program):
        return (await client.execute([program], TESTS)).results[0].pass_rate

    async def all_at_once():
        async with AsyncExecutor(stack.url) as client:
            return await asyncio.gather(*(once(client, program) for program in [RIGHT, WRONG, HALF] * 5))

    assert asyncio.run(all_at_once()) == [1.0, 0.0, 0.5] * 5


def test_the_command_line_judges_a_file_and_goes_on_where_it_stopped(stack, tmp_path):
    suites, candidates, out = (tmp_path / f"{name}.jsonl" for name in ("suites", "candidates", "out"))
    suites.write_text(json.dumps({"id": "s", "asserts": TESTS}) + "\n")
    rows = [
        {"suite": "s", "id": name, "program": program}
        for name, program in [("r", RIGHT), ("h", HALF), ("w", WRONG)]
    ]
    candidates.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["execute", str(candidates), "--suites", str(suites), "-o", str(out), "--url", stack.url]
    first = CliRunner().invoke(app, command)
    assert "3 judged, mean pass rate 0.5000, 1 passed everything" in first.output
    assert {row["id"]: row["pass_rate"] for row in map(json.loads, out.read_text().splitlines())} == {
        "r": 1.0,
        "h": 0.5,
        "w": 0.0,
    }
    assert "3 kept from before" in CliRunner().invoke(app, command).output
    best = out.with_name("best.jsonl")
    chosen = CliRunner().invoke(
        app, ["best-of-n", *(str(best) if each == str(out) else each for each in command[1:])]
    )
    assert "1 suites have a winner" in chosen.output
    assert json.loads(best.read_text())["solution"] == RIGHT
