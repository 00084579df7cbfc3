"""Callers and their runs, on two API processes and two workers: equal shares, the list of runs, cancelling one.

Order is asserted, never time: how many candidates of a bulk run the workers took until a small run had its results.
"""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from redis import Redis

from clients.contract import Job, RunInfo
from services.executor.broker.queue import WorkQueue
from services.executor.local.redis import own_redis
from services.executor.local.stack import LocalStack
from services.executor.planning.flows import Flow
from tests.conftest import BASE_ONLY, batch, wait_until

KEYS = {"trainer": "key-of-trainer", "evaluation": "key-of-evaluation"}
BULK, SMALL, CHUNK = 3000, 96, 8
SETTINGS = {
    **BASE_ONLY,
    **{f"EXECUTOR_TOKENS__{name.upper()}": key for name, key in KEYS.items()},
    "EXECUTOR_MAX_CHUNK": str(CHUNK),
    "EXECUTOR_MAX_QUEUED_CANDIDATES": str(BULK),
}
"""The bulk run alone fills the queue."""


def programs(count):
    mark = uuid.uuid4().hex
    return [f"def f(x):\n    return x + 1\n# {mark} {n}\n" for n in range(count)]


def client(stack, caller):
    return httpx2.Client(base_url=stack.url, headers={"Authorization": f"Bearer {KEYS[caller]}"}, timeout=120)


@pytest.fixture(scope="module")
def apis():
    """Two stacks on one Redis; only the first has workers."""
    with (
        own_redis() as redis,
        LocalStack(workers=2, redis_url=redis.url, settings=SETTINGS) as first,
        LocalStack(workers=0, redis_url=redis.url, settings=SETTINGS) as second,
    ):
        yield redis, first, second


@pytest.fixture
def waiting(apis):
    """Counts the programs of a flow that wait."""
    with Redis.from_url(apis[0].url) as redis:
        queue = WorkQueue(redis, ["base"])
        yield lambda caller, run="": queue.count_by_flow("base").get(Flow(caller, run), 0)


@pytest.fixture
def texts():
    return programs(BULK)


@pytest.fixture
def bulk(apis, waiting, texts):
    """A bulk run of the trainer that fills the queue; cancelled after the test."""
    _, first, _ = apis
    with client(first, "trainer") as http:
        request = batch(*texts, run="bulk")
        answer = http.post("/v1/executions", json=request, headers={"Prefer": "respond-async"})
        assert answer.status_code == 202, answer.text
        wait_until(lambda: 0 < waiting("trainer", "bulk") < BULK)
        yield Job.model_validate_json(answer.content)
        http.delete("/v1/runs/bulk")
        wait_until(lambda: not waiting("trainer", "bulk"))


def runs_of(http):
    return {info["run"]: RunInfo.model_validate(info) for info in http.get("/v1/runs").json()}


def test_a_bulk_run_delays_others_by_no_more_than_their_own_work(apis, bulk, waiting):
    """Another caller's evaluation, and another run of the same caller, beside a bulk run that fills the queue."""
    _, first, second = apis

    def judge(stack, caller, **options):
        with client(stack, caller) as http:
            answer = http.post("/v1/executions", json=batch(*programs(SMALL), priority="bulk", **options))
            assert answer.status_code == 200, answer.text
            results = answer.json()["results"]
            return [result["pass_rate"] for result in results], waiting("trainer", "bulk")

    before = waiting("trainer", "bulk")
    assert before > BULK * 2 / 3
    with ThreadPoolExecutor() as pool:
        small = [
            pool.submit(judge, second, "evaluation"),
            pool.submit(judge, first, "trainer", run="evaluation-of-step-7"),
        ]
        for future in small:
            rates, left = future.result()
            assert rates == [1.0] * SMALL
            # Two callers and two runs: while the small runs had their 96 each, the bulk run had about 96.
            assert before - left <= 4 * SMALL


def test_small_requests_one_after_another_are_not_starved_either(apis, bulk, waiting):
    _, _, second = apis
    before = waiting("trainer", "bulk")
    with client(second, "evaluation") as http:
        for _ in range(4):
            answer = http.post("/v1/executions", json=batch(*programs(CHUNK), priority="bulk"))
            assert answer.status_code == 200, answer.text
    assert before - waiting("trainer", "bulk") <= BULK / 4  # each request waits for a chunk that was begun


def test_programs_that_are_also_at_the_end_of_the_bulk_run_do_not_wait_for_it(apis, bulk, texts, waiting):
    _, _, second = apis
    with client(second, "evaluation") as http:
        answer = http.post("/v1/executions", json=batch(*texts[-20:], priority="bulk"))
        assert [result["pass_rate"] for result in answer.json()["results"]] == [1.0] * 20
    assert waiting("trainer", "bulk") > BULK / 4


def test_a_caller_lists_and_cancels_its_own_runs_only(apis, bulk, waiting):
    _, first, second = apis
    with client(second, "trainer") as own, client(first, "evaluation") as other:
        info = runs_of(own)["bulk"]
        assert (info.executions, info.total) == (1, BULK)
        assert 0 < info.waiting < BULK
        wait_until(lambda: runs_of(own)["bulk"].done > 0)
        assert "bulk" not in runs_of(other)
        answer = other.delete("/v1/runs/bulk")
        assert answer.status_code == 404
        assert "No run 'bulk' is in progress" in answer.json()["detail"]
        assert "bulk" in runs_of(own)

        cancelled = RunInfo.model_validate(own.delete("/v1/runs/bulk").json())
        assert (cancelled.run, cancelled.total) == ("bulk", BULK)
        job = wait_until(lambda: ended(own, bulk))
        assert job.state == "cancelled"
        reasons = {result.reason for result in job.response.results}
        assert reasons == {None, "cancelled"}
        assert len(job.response.results) == BULK
        wait_until(lambda: "bulk" not in runs_of(own))
        assert not waiting("trainer", "bulk")


def ended(http, job):
    now = Job.model_validate_json(http.get(f"/v1/jobs/{job.id}").content)
    return now if now.state in ("finished", "cancelled") else None


def test_a_result_has_its_wait_and_its_run_time(apis):
    _, first, _ = apis
    sleeps = "import time\ntime.sleep(0.3)\ndef f(x): return x + 1\n# " + uuid.uuid4().hex
    with client(first, "trainer") as http:
        request = batch(*programs(1), sleeps)
        quick, slow = http.post("/v1/executions", json=request).json()["results"]
        assert 0 < quick["run_s"] < slow["run_s"]
        assert slow["run_s"] >= 0.3
        assert quick["wait_s"] > 0
        again, _ = http.post("/v1/executions", json=request).json()["results"]
        assert again["cached"]
        assert again["run_s"] == quick["run_s"]


def test_metrics_tell_what_each_caller_has_waiting(apis, bulk):
    _, _, second = apis
    text = httpx2.get(f"{second.url}/metrics").text
    assert 'executor_caller_queue_depth{caller="trainer"}' in text
    assert 'executor_caller_queue_age_seconds{caller="trainer"}' in text
    assert 'executor_runs_waiting{caller="trainer"} 1.0' in text


@pytest.mark.parametrize("run", ["", "two words", "é", "x" * 201, "/x"])
def test_a_name_that_no_run_can_have_is_refused(apis, run):
    _, first, _ = apis
    with client(first, "trainer") as http:
        answer = http.post("/v1/executions", json=batch(*programs(1), run=run))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "run"


def test_a_trainer_that_sends_each_candidate_alone_does_not_keep_bulk_work_of_others_waiting(apis):
    """Its load never ends, and is more than the workers can judge: 80 requests are in progress at any time."""
    _, first, second = apis
    stop, answered = threading.Event(), []

    def train():
        with client(first, "trainer") as http:
            while not stop.is_set():
                answer = http.post("/v1/executions", json=batch(*programs(1)))
                answered.append(answer.json()["results"][0]["pass_rate"])

    with ThreadPoolExecutor(80) as pool:
        futures = [pool.submit(train) for _ in range(80)]
        try:
            wait_until(lambda: len(answered) > 80)
            before = len(answered)
            with client(second, "evaluation") as http:
                results = http.post("/v1/executions", json=batch(*programs(SMALL))).json()["results"]
            between = len(answered) - before
        finally:
            stop.set()
        for future in futures:
            future.result()
    assert [result["pass_rate"] for result in results] == [1.0] * SMALL
    assert between <= 10 * SMALL
    assert set(answered) == {1.0}
