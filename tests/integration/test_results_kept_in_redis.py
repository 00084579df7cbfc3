"""What an API process keeps in Redis about an execution, and what happens to it when something fails.

The API runs in this process, with a Redis of its own; there is no worker: the tests write the records themselves.
"""

import json
import time
from contextlib import asynccontextmanager
from functools import partial

import anyio
import httpx2
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from rq.job import Job as Item
from rq.serializers import JSONSerializer

from clients.contract import Job, Outcome, TestResult, UnscorableReason
from services.executor.app import create_app
from services.executor.broker import redis_keys
from services.executor.execution.job_store import JobStore
from services.executor.results.records import Fault, encode, verdict_of
from services.executor.settings import ExecutorSettings
from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"
ASYNC = {"Prefer": "respond-async"}
PASSED = encode(verdict_of([TestResult(outcome=Outcome.PASSED, cpu_s=0.001)] * 2))
BROKEN = encode(Fault(UnscorableReason.SANDBOX_FAILURE, "the jail died"))
QUEUED = f"rq:queue:{redis_keys.queue('base', 'interactive')}"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


@asynccontextmanager
async def api(redis_server, **settings):
    app = create_app(ExecutorSettings(redis_url=redis_server.url, _env_file=None, **settings))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t", timeout=60) as client,
    ):
        yield client


async def until(happened):
    with anyio.fail_after(30):
        while not (value := happened()):  # noqa: ASYNC110 - it happens in Redis
            await anyio.sleep(0.02)
    return value


def items(redis):
    """The payloads in the queue, in order."""
    payloads = []
    for priority in ("interactive", "bulk"):
        for name in redis.lrange(f"rq:queue:{redis_keys.queue('base', priority)}", 0, -1):
            item = Item.fetch(name.decode(), connection=redis, serializer=JSONSerializer)
            payloads.append(item.args[0])
    return payloads


async def sent(redis, count=1):
    return await until(lambda: len(items(redis)) >= count and items(redis))


async def test_a_returned_chunk_is_sent_again_with_its_suite(redis_server, redis):
    async with api(redis_server) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(partial(http.post, "/v1/executions", json=batch(RIGHT, deadline_s=30)))
        (first,) = await sent(redis)
        redis.flushall()  # and with it the suite
        redis.xadd(
            redis_keys.results(first["execution"]), {"back": first["chunk"], "blame": 1, "why": "no suite"}
        )
        (again,) = await sent(redis)
        assert again["chunk"] != first["chunk"]
        assert redis.exists(redis_keys.suite(again["suite"]))
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("ttl_s", [0, 60])
async def test_a_claim_ends_with_its_result(redis_server, redis, ttl_s):
    """With a fault too: then other executions may have the unit judged."""
    async with api(redis_server, cache_ttl_s=ttl_s) as http, anyio.create_task_group() as tasks:
        request = batch(RIGHT, RIGHT + "# held up", deadline_s=60)
        tasks.start_soon(partial(http.post, "/v1/executions", json=request))
        (item,) = await sent(redis)
        claims = [redis_keys.claim(unit[3]) for unit in item["units"]]
        redis.xadd(redis_keys.results(item["execution"]), {0: BROKEN})
        await until(lambda: not redis.exists(claims[0]))
        assert redis.exists(claims[1]) == (ttl_s > 0)  # the other unit is still being judged
        tasks.cancel_scope.cancel()


async def test_a_result_that_arrives_twice_is_returned_once(redis_server, redis):
    answers = []

    async def ask(http):
        answers.append(
            (await http.post("/v1/executions", json=batch(RIGHT, RIGHT + "#", cache=False))).json()
        )

    async with api(redis_server) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, http)
        (item,) = await sent(redis)
        stream = redis_keys.results(item["execution"])
        redis.xadd(stream, {0: PASSED})
        redis.xadd(stream, {0: BROKEN})
        redis.xadd(stream, {0: PASSED, 1: PASSED})
    assert [(one["index"], one["pass_rate"]) for one in answers[0]["results"]] == [(0, 1.0), (1, 1.0)]


async def test_a_job_has_ended_before_its_owner_key_is_deleted(redis_server, redis):
    """A request in between must not treat it as abandoned."""
    async with api(redis_server) as http:
        accepted = await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)
        job_id = accepted.json()["id"]
        (item,) = await sent(redis)
        seen = []
        redis.xadd(redis_keys.results(item["execution"]), {0: PASSED})

        def gone():
            with redis.pipeline() as pipe:  # both at one moment
                pipe.exists(redis_keys.owner(job_id)).hget(redis_keys.job(job_id), "state")
                owned, state = pipe.execute()
            seen.append((bool(owned), state))
            return not owned

        await until(gone)
        assert (False, b"finished") in seen
        assert not [state for owned, state in seen if not owned and state != b"finished"]


async def test_a_job_that_cannot_be_stored_leaves_no_work(redis_server, redis, monkeypatch):
    async def no_answer(*_):
        raise RedisAway("just then")

    async with api(redis_server) as http:
        monkeypatch.setattr(JobStore, "_save", no_answer)
        refused = await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)
        assert refused.status_code == 503
        await until(lambda: items(redis) == [])


async def test_a_job_that_redis_lost_is_written_again(redis_server, redis):
    async with api(redis_server) as http:
        accepted = await http.post("/v1/executions", json=batch(RIGHT, RIGHT + "#"), headers=ASYNC)
        where = accepted.headers["location"]
        (item,) = await sent(redis)
        stream = redis_keys.results(item["execution"])
        redis.xadd(stream, {0: PASSED})
        await until(lambda: redis.hget(redis_keys.job(item["execution"]), "done") == b"1")
        redis.flushall()
        redis.xadd(stream, {1: PASSED})

        async def ended():
            return (await http.get(where)).json()["state"] == "finished"

        with anyio.fail_after(30):
            while not await ended():  # noqa: ASYNC110 - asked over HTTP
                await anyio.sleep(0.02)
        job = Job.model_validate_json((await http.get(where)).content)
        assert [result.pass_rate for result in job.response.results] == [1.0, 1.0]
        async with http.stream("GET", f"{where}/results") as answer:
            lines = [line async for line in answer.aiter_lines()]
        assert len(lines) == 3


async def test_every_key_that_cancelling_writes_expires(redis_server, redis):
    async with api(redis_server) as http:
        accepted = await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)
        await http.delete(accepted.headers["location"])
        stays = [key for key in redis.keys("executor:*") if redis.ttl(key) == -1 and b":workers:" not in key]
        assert stays == []


async def test_cancelling_writes_no_key_that_never_expires(redis_server, redis):
    """If the owner is gone already, no other process removes it."""
    async with api(redis_server) as http:
        accepted = await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)
    job_id = accepted.json()["id"]
    redis.set(redis_keys.owner(job_id), 1, ex=2)  # not expired yet
    async with api(redis_server) as http:
        await http.delete(accepted.headers["location"])
        assert redis.ttl(redis_keys.results(job_id)) != -1


async def test_the_depth_is_right_at_every_scrape(redis_server, redis):
    async def depth(http):
        text = (await http.get("/metrics")).text
        return [
            line for line in text.splitlines() if line.startswith('executor_queue_depth{environment="base"')
        ]

    async with api(redis_server) as http:
        assert await depth(http) == ['executor_queue_depth{environment="base"} 0.0']
        await http.post("/v1/executions", json=batch(RIGHT, RIGHT + "#"), headers=ASYNC)
        assert await depth(http) == ['executor_queue_depth{environment="base"} 2.0']
        redis.flushall()
        assert await depth(http) == ['executor_queue_depth{environment="base"} 0.0']
        redis_server.stop()
        assert await depth(http) == []  # unknown
        assert (await http.get("/metrics")).status_code == 200


async def test_the_age_of_the_queue_and_the_workers_are_right_at_every_scrape(redis_server, redis):
    async def number(http, name):
        text = (await http.get("/metrics")).text
        (line,) = [line for line in text.splitlines() if line.startswith(f'{name}{{environment="base"')]
        return float(line.split()[1])

    async with api(redis_server) as http:
        assert await number(http, "executor_queue_age_seconds") == 0
        assert await number(http, "executor_workers") == 0
        for text in (RIGHT, RIGHT + "#"):
            await http.post("/v1/executions", json=batch(text), headers=ASYNC)
        assert "executor_executions_running 2.0" in (await http.get("/metrics")).text
        for item in redis.keys("rq:job:*"):
            # by an API host with another clock
            redis.hset(item, "enqueued_at", "2001-01-01T00:00:00.000000Z")
        assert await number(http, "executor_queue_age_seconds") < 86400
        (waiting,) = redis.keys("*:turns:waiting")
        oldest, entry = min(redis.hgetall(waiting).items(), key=lambda pair: pair[1])
        redis.hset(waiting, oldest, str(redis.time()[0] - 100) + " " + entry.decode().partition(" ")[2])
        assert await number(http, "executor_queue_age_seconds") >= 100
        redis.hdel(waiting, oldest)  # a chunk of a lost worker has no turn
        assert await number(http, "executor_queue_age_seconds") > 86400
        redis.delete(f"rq:job:{oldest.decode()}")  # an item that expires between two commands
        assert await number(http, "executor_queue_age_seconds") < 86400
        redis.sadd(redis_keys.workers("base"), "one", "gone")
        redis.set(redis_keys.worker("one"), 1)
        assert await number(http, "executor_workers") == 1


async def test_a_request_outlives_a_redis_that_is_full_of_old_results(redis_server, redis):
    """Cached records are evicted for work in progress."""
    for n in range(3000):
        redis.set(redis_keys.record(f"old{n}"), "x" * 2000)
    redis.config_set("maxmemory", redis.info("memory")["used_memory"])
    async with api(redis_server) as http:

        async def accepted():
            return (await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)).status_code == 202

        with anyio.fail_after(30):
            while not await accepted():  # noqa: ASYNC110 - asked over HTTP
                await anyio.sleep(0.05)
    assert 0 < len(redis.keys(redis_keys.record("*"))) < 3000


async def test_workers_of_another_version_judge_nothing_here_and_are_named(redis_server, redis):
    """Two versions on one Redis: while an upgrade goes on, or two stacks with one address."""
    redis.sadd(redis_keys.VERSIONS, redis_keys.VERSION, "12.1")
    redis.sadd(redis_keys.workers("base", "12.1"), "one", "two", "gone")
    for name in ("one", "two"):
        redis.set(redis_keys.worker(name), 1)
    async with api(redis_server, environments={"base": {}}) as http:
        ready = (await http.get("/readyz")).json()
        for deadline_s in (2, 30):  # the second for a machine that is busy: workers are counted once a second
            body = batch(RIGHT, deadline_s=deadline_s)
            (result,) = (await http.post("/v1/executions", json=body)).json()["results"]
            if "2 of version 12.1" in result["detail"]:
                break
    assert f"no worker of version {redis_keys.VERSION} serves base" in ready["workers"]
    assert "2 of version 12.1" in ready["workers"]
    assert result["reason"] == "deadline"
    assert "2 of version 12.1" in result["detail"]


async def test_the_queue_of_a_version_is_its_own(redis_server, redis):
    """An older worker would judge by older rules, and its record would be kept as one of this version."""
    async with api(redis_server) as http:
        await http.post("/v1/executions", json=batch(RIGHT), headers=ASYNC)
        await sent(redis)
        lists = [name.decode() for name in redis.keys("rq:queue:*")]
    assert lists == [f"rq:queue:executor:{redis_keys.VERSION}:base:interactive"]


async def test_a_chunk_whose_results_redis_lost_is_sent_again(redis_server, redis):
    """A replica that lagged was promoted: it holds that a worker took the chunk, which has finished it since. The clock
    of the new Redis is behind: its entries have lower ids than those that were read before.
    """

    def beat():
        chunks = {"beat": time.monotonic_ns(), "chunks": ["another:1"]}
        redis.set(redis_keys.worker("ann"), 1)
        redis.set(redis_keys.open_chunks("ann"), json.dumps(chunks))

    async with api(redis_server) as http:

        async def job(state, done):
            with anyio.fail_after(60):
                while True:
                    fields = (await http.get(path)).json()  # on a busy machine also a 503
                    if (fields.get("state"), fields.get("done")) == (state, done):
                        return fields["response"]
                    await anyio.sleep(0.02)

        request = batch(RIGHT, RIGHT + "#", cache=False)
        path = (await http.post("/v1/executions", json=request, headers=ASYNC)).headers["location"]
        (item,) = await sent(redis)
        stream = redis_keys.results(item["execution"])
        redis.lpop(QUEUED)
        redis.hset(redis_keys.taken(item["execution"]), item["chunk"], "ann")
        redis.xadd(stream, {0: PASSED}, id="9999999999999-0")
        await job("running", 1)
        redis.delete(stream)
        (resent,) = await until(lambda: beat() or items(redis))
        assert [number for number, *_ in resent["units"]] == [1]
        redis.xadd(stream, {1: PASSED})
        response = await job("finished", 2)
    assert [result["pass_rate"] for result in response["results"]] == [1.0, 1.0]


async def test_a_job_whose_latest_results_redis_lost_is_written_again(redis_server, redis):
    """A replica that lagged was promoted: it has the job, and not its first result."""
    async with api(redis_server) as http:
        request = batch(RIGHT, RIGHT + "#", cache=False)
        path = (await http.post("/v1/executions", json=request, headers=ASYNC)).headers["location"]
        (item,) = await sent(redis)
        execution = item["execution"]
        redis.xadd(redis_keys.results(execution), {0: PASSED})
        await until(lambda: redis.hget(redis_keys.job(execution), "done") == b"1")
        redis.hset(redis_keys.job(execution), "done", 0)
        redis.delete(redis_keys.job_lines(execution))
        redis.xadd(redis_keys.results(execution), {1: PASSED})
        await until(lambda: redis.hget(redis_keys.job(execution), "state") == b"finished")
        job = (await http.get(path)).json()
    assert [result["pass_rate"] for result in job["response"]["results"]] == [1.0, 1.0]
