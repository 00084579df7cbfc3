"""Workers die, sleep and are stopped; every candidate still gets one result."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import httpx2
import pytest
from redis import Redis

from services.executor.broker import redis_keys
from services.executor.local.stack import LocalStack
from tests.conftest import BASE_ONLY, batch, wait_until

RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return -1\n"
SLEEPS = "import time\nwhile True: time.sleep(1)\n"
SLOW = "import time\ntime.sleep(0.05)\n"
BULK = f"rq:queue:{redis_keys.queue('base', 'bulk')}"


@pytest.fixture(scope="module")
def _own_stack():
    with LocalStack(workers=2, settings=BASE_ONLY) as running:
        yield running


@pytest.fixture
def own_stack(_own_stack):
    """A stack whose workers may be killed; those that the last test killed have been restarted."""

    def all_at_work():
        names = [redis_keys.worker(name) for name in _own_stack.worker_names()]
        with Redis.from_url(_own_stack.redis.url) as redis:
            return redis.exists(*names) == len(names)

    wait_until(all_at_work)
    return _own_stack


def stream(url, request):
    """The results of a request, as they come."""
    with (
        httpx2.Client(base_url=url, timeout=60) as http,
        http.stream(
            "POST", "/v1/executions", json=request, headers={"Accept": "application/x-ndjson"}
        ) as answer,
    ):
        for line in answer.iter_lines():
            if line and "runner_version" not in line:
                yield json.loads(line)


def test_killing_workers_in_the_middle_loses_and_changes_nothing(own_stack):
    programs = [SLOW + (RIGHT if n % 2 else WRONG) + f"# {n}\n" for n in range(120)]
    results = []
    killed = set()
    for result in stream(own_stack.url, batch(*programs, cache=False)):
        results.append(result)
        if len(results) in (10, 60):  # each time a worker that is judging
            victim = next(worker for worker in own_stack.workers if worker.pid not in killed)
            killed.add(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)
    assert len(killed) == 2
    assert sorted(result["index"] for result in results) == list(range(120))
    assert {result["index"]: result["pass_rate"] for result in results} == {
        n: float(n % 2) for n in range(120)
    }


def test_a_chunk_that_killed_two_workers_is_given_up_with_a_reason(own_stack):
    redis = Redis.from_url(own_stack.redis.url, decode_responses=True)
    before = set(redis.keys("*:taken"))
    request = batch(SLEEPS, cache=False, limits={"wall_s": 60, "total_wall_s": 60})
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: list(stream(own_stack.url, request)))
        for losses in (1, 2):  # kill the worker that takes it, twice
            key = wait_until(lambda: next(iter(set(redis.keys("*:taken")) - before), None))
            worker = wait_until(lambda: redis.hget(key, str(losses)))
            os.kill(int(redis.get(redis_keys.worker(worker))), signal.SIGKILL)  # its heartbeat
        (result,) = answer.result()
    redis.close()
    assert (result["status"], result["reason"], result["reward"]) == ("unscorable", "worker_lost", None)


def test_a_worker_that_is_stopped_finishes_its_chunk_or_returns_it(own_stack):
    programs = [SLOW + RIGHT + f"# {n}\n" for n in range(60)] + [SLEEPS]
    limits = {"wall_s": 1, "total_wall_s": 1}
    results = []
    for result in stream(own_stack.url, batch(*programs, cache=False, limits=limits)):
        results.append(result)
        if len(results) == 5:
            for worker in list(own_stack.workers):
                os.kill(worker.pid, signal.SIGTERM)
    rates = {result["index"]: result["pass_rate"] for result in results}
    assert rates == dict.fromkeys(range(60), 1.0) | {60: 0.0}


def test_sleeping_programs_do_not_delay_others(http):
    """Chunks in which only sleeping programs are left are set aside: here one for each worker, for a minute."""
    request = batch(*(f"{SLEEPS}# {n}\n" for n in range(16)), cache=False)
    request |= {"limits": {"wall_s": 60, "total_wall_s": 60}}
    path = http.post("/v1/executions", json=request, headers={"Prefer": "respond-async"}).headers["location"]
    honest = [http.post("/v1/executions", json=batch(f"{RIGHT}# awake {n}\n")).json() for n in range(20)]
    assert [response["results"][0]["pass_rate"] for response in honest] == [1.0] * 20
    asleep = http.delete(path).json()["response"]["results"]
    assert {result["reason"] for result in asleep} == {"cancelled"}  # none had ended yet


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_the_work_of_a_client_that_disconnects_is_cancelled(own_stack, accept):
    """Minutes of work are dropped, not done."""
    redis = Redis.from_url(own_stack.redis.url)
    spin = "while True: pass\n"
    request = batch(*(f"{spin}{RIGHT}# {n}\n" for n in range(200)), cache=False)
    connection = HTTPConnection(own_stack.url.removeprefix("http://"))
    connection.request("POST", "/v1/executions", json.dumps(request), {"Accept": accept})
    wait_until(lambda: redis.llen(BULK) > 0)
    connection.close()
    wait_until(lambda: redis.llen(BULK) == 0)
    with httpx2.Client(base_url=own_stack.url, timeout=60) as http:
        assert http.post("/v1/executions", json=batch(RIGHT, priority="bulk")).is_success
    redis.close()


def test_only_this_user_can_enter_the_directory_of_redis(own_stack):
    assert own_stack.redis.folder.stat().st_mode & 0o777 == 0o700


def test_a_dead_worker_is_restarted(own_stack):
    first = own_stack.workers[0].pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: own_stack.workers[0].pid != first and own_stack.workers[0].poll() is None)
