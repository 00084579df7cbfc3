"""What is kept of executions that ended, on two API processes: bounded, for the own key only, enough to judge again."""

import uuid

import httpx2
import pytest
from redis import Redis

from clients.contract import ExecutionInfo, ExecutionResponse, KeptExecution
from services.executor.local.redis import own_redis
from services.executor.local.stack import LocalStack
from tests.conftest import BASE_ONLY, batch, wait_until

KEYS = {"trainer": "key-of-trainer", "trainer:2": "key-of-trainer-2"}
MOST = 5
RIGHT, WRONG = "def f(x):\n    return x + 1\n", "def f(x):\n    return x\n"


@pytest.fixture(scope="module")
def redis():
    with own_redis() as server:
        yield server


@pytest.fixture(scope="module")
def urls(redis):
    """Two API processes on one Redis; only the first has a worker."""
    settings = {
        **BASE_ONLY,
        "EXECUTOR_TOKENS": '{"trainer": "key-of-trainer", "trainer:2": "key-of-trainer-2"}',
        "EXECUTOR_KEPT_EXECUTIONS": str(MOST),
    }
    with (
        LocalStack(workers=1, redis_url=redis.url, settings=settings) as first,
        LocalStack(workers=0, redis_url=redis.url, settings=settings) as second,
    ):
        yield first.url, second.url


@pytest.fixture
def judge(urls):
    """Judges a request with a key; returns the response, after the execution is in the list."""

    def post(*programs, caller="trainer", **options):
        with client(urls[0], caller) as http:
            request = batch(*[f"{program}# {uuid.uuid4().hex}\n" for program in programs], **options)
            answer = http.post("/v1/executions", json=request).json()
            wait_until(lambda: answer["id"] in [info.id for info in infos(http)])
            return answer

    return post


def client(url, caller="trainer"):
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {KEYS[caller]}"}, timeout=60)


def infos(http):
    return [ExecutionInfo.model_validate(row) for row in http.get("/v1/executions").json()]


def test_an_execution_is_kept_with_programs_tests_and_results_and_can_be_judged_again(urls, judge):
    answer = judge(RIGHT, WRONG, "def f(x:\n", run="nightly-7")
    with client(urls[1]) as http:  # the other process answers the same
        info = infos(http)[0]
        assert (info.run, info.total, info.judged, info.passed, info.kept) == ("nightly-7", 3, 3, 1, 3)
        assert {failure.outcome for failure in info.failures} == {"wrong_answer", "syntax_error"}
        assert [time.suite for time in info.slowest_suites] == ["s"]
        kept = KeptExecution.model_validate(http.get(f"/v1/executions/{answer['id']}").json())
        assert [candidate.program.splitlines()[0] for candidate in kept.request.candidates] == [
            "def f(x):", "def f(x):", "def f(x:"
        ]  # fmt: skip
        assert kept.request.suites[0].asserts == ["assert f(1) == 2", "assert f(5) == 6"]
        response = ExecutionResponse.model_validate(answer)
        assert (kept.results, kept.suites) == (response.results, response.suites)
        with client(urls[0]) as first:
            again = first.post("/v1/executions", content=kept.request.model_dump_json()).json()
        assert [result["pass_rate"] for result in again["results"]] == [1.0, 0.0, 0.0]


def test_a_key_sees_its_own_executions_only(urls, judge):
    answer = judge(RIGHT, caller="trainer:2")
    with client(urls[0], "trainer:2") as own, client(urls[0]) as other:
        path = f"/v1/executions/{answer['id']}"
        assert own.get(path).status_code == 200
        refused = other.get(path)
        assert refused.status_code == 404
        assert f"the latest {MOST} are" in refused.json()["detail"]
        assert answer["id"] not in other.get("/v1/executions").text
        # A key of Redis is made of id and caller: no id may have the name of a caller in it.
        assert other.get(f"{path}:2").status_code == 404
    assert httpx2.get(urls[0] + path).status_code == 401


def test_only_the_latest_are_kept_and_nothing_else_is_left(urls, judge, redis):
    answers = [judge(RIGHT) for _ in range(MOST + 2)]
    with client(urls[0]) as http, Redis.from_url(redis.url) as database:
        assert [info.id for info in infos(http)] == [answer["id"] for answer in reversed(answers[2:])]
        assert http.get(f"/v1/executions/{answers[0]['id']}").status_code == 404
        keys = list(database.scan_iter("executor:kept*:trainer"))
        assert len(keys) == MOST + 1
        assert all(0 < database.ttl(key) <= 3600 for key in keys)


def test_of_a_large_execution_some_are_kept_and_failures_among_them(urls, judge):
    programs = [RIGHT] * 90 + [WRONG] * 10
    judge(*programs, caller="trainer:2")
    with client(urls[0], "trainer:2") as http:
        info = infos(http)[0]
        assert (info.total, info.judged, info.passed) == (100, 100, 90)
        assert 32 <= info.kept < 100
        assert len(info.failures) == 3
        kept = KeptExecution.model_validate(http.get(f"/v1/executions/{info.id}").json())
        assert sum(result.pass_rate == 0 for result in kept.results) == 10
        pairs = zip(kept.request.candidates, kept.results, strict=True)
        assert all(
            ("return x + 1" in candidate.program) == (result.pass_rate == 1) for candidate, result in pairs
        )
