"""The pool against a server that replays: retries, outages, limits, weights, ``n``, cache, counts."""

import os
import subprocess
import sys
import textwrap
import threading

import anyio
import pytest

from services.synth.llm import endpoint as endpoint_module
from services.synth.llm.cache import ReplyCache
from services.synth.llm.dialect import Dialect
from services.synth.llm.endpoint import EndpointConfigError
from services.synth.llm.model import PromptRefusedError, Sampling
from services.synth.llm.options import EndpointOptions, ModelOptions
from services.synth.llm.pool import MOST_FAILURES, ModelPool
from tests.conftest import wait_until
from tests.support.replay.personalities import LlamaCpp, Vllm
from tests.support.replay.recordings import Recordings
from tests.support.replay_llm import replaying

HI = [{"role": "system", "content": "greet"}, {"role": "user", "content": "Hi"}]
LINES = [
    {
        "purpose": "greet", "model": "m", "reply": f"reply {seed}", "finish_reason": "stop",
        "body": {"messages": HI, "seed": seed}, "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }
    for seed in range(64)
]  # fmt: skip
RECORDINGS = Recordings(LINES)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(endpoint_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(endpoint_module, "LONGEST_PAUSE_S", 0.05)


@pytest.fixture
def server():
    with replaying(RECORDINGS, LlamaCpp("m", slots=8)) as (running, url):
        running.url = url
        yield running


def options(*urls, endpoint=None, **more):
    return ModelOptions(
        model="m", endpoints=[EndpointOptions(url=url, **(endpoint or {})) for url in urls], **more
    )


def ask(chosen, *, requests=1, cache=None, pauses=None, environ=None, messages=HI, **call):
    """Send equal requests with consecutive seeds in parallel; return pool and texts."""
    texts = {}

    async def main():
        on_pause = (lambda reason, pause_s: pauses.append(reason)) if pauses is not None else lambda *_: None
        pool = ModelPool(chosen, cache=cache, on_pause=on_pause, environ=environ or {})

        async def one(number):
            sampling = call.pop("sampling", None) or Sampling(seed=number)
            texts[number] = [
                c.text for c in await pool.complete(messages, purpose="greet", sampling=sampling, **call)
            ]

        async with pool:
            if requests == 1:
                await one(0)
            else:
                async with anyio.create_task_group() as tasks:
                    for number in range(requests):
                        tasks.start_soon(one, number)
        return pool

    pool = anyio.run(main)
    return pool, [texts[number] for number in range(requests)]


def test_each_completion_has_its_seed_and_they_come_in_order(server):
    pool, texts = ask(options(server.url), count=5, sampling=Sampling(seed=3))
    assert texts == [[f"reply {seed}" for seed in range(3, 8)]]
    counts = pool.counts["greet"]
    assert (counts.requests, counts.completion_tokens, counts.by_finish) == (1, 25, {"stop": 5})
    assert counts.prompt_tokens == 10, "the prompt is paid once"


def test_prices_become_a_cost(server):
    pool, _ = ask(options(server.url, endpoint={"input_price": 1.0, "output_price": 10.0}), count=2)
    assert pool.counts["greet"].cost_usd == pytest.approx((10 * 1 + 10 * 10) / 1e6)


def test_more_completions_than_the_server_allows_are_asked_for_in_pieces(server):
    chosen = options(server.url, completions_per_request=64)
    pool, texts = ask(chosen, count=20)
    assert texts == [[f"reply {seed}" for seed in range(20)]]
    assert pool.endpoints[0].dialect.most_choices == 5
    assert [body.get("n", 1) for body in server.requests][:3] == [20, 10, 5]


def test_greedy_completions_are_asked_for_one_by_one():
    with replaying(RECORDINGS, Vllm("m")) as (server, url):
        _, texts = ask(options(url), count=3, sampling=Sampling(temperature=0.0, seed=0))
        assert texts == [["reply 0", "reply 1", "reply 2"]]
        assert ["n" in body for body in server.requests] == [False] * 3


def test_a_schema_is_sent_until_the_server_refuses_it_and_then_no_more(server):
    ask(options(server.url), schema={"type": "object"})
    assert server.requests[-1]["response_format"]["json_schema"]["name"] == "greet"
    server.faults.no_schema = True
    server.requests.clear()
    pool, texts = ask(options(server.url, endpoint={"max_at_once": 1}), requests=3, schema={"type": "object"})
    assert texts == [["reply 0"], ["reply 1"], ["reply 2"]]
    assert ["response_format" in body for body in server.requests] == [True, False, False, False]
    assert pool.endpoints[0].dialect == Dialect(has_schema=False)


@pytest.mark.parametrize("personality", [LlamaCpp("m", context=10), Vllm("m", context=10)])
def test_a_prompt_that_is_too_long_is_refused_after_one_request(personality):
    with replaying(RECORDINGS, personality) as (server, url):
        with pytest.raises(PromptRefusedError, match="exceed"):
            ask(options(url), messages=[{"role": "user", "content": "word " * 50}], schema={})
        assert len(server.requests) == 1


@pytest.mark.parametrize("personality", [LlamaCpp("m"), Vllm("m")])
def test_the_beginning_of_an_answer_is_continued_and_not_repeated(personality):
    with replaying(RECORDINGS, personality) as (_, url):
        _, texts = ask(options(url), messages=[*HI, {"role": "assistant", "content": "So: "}])
        assert texts[0][0].startswith("reply ")


@pytest.mark.parametrize("fault", ["429", "503", "500", "close", "cut", "html", "no_choices"])
def test_a_request_that_fails_is_sent_again(server, fault):
    server.faults.script = ["ok", fault, fault]
    pauses = []
    pool, texts = ask(options(server.url), requests=6, pauses=pauses)
    assert texts == [[f"reply {seed}"] for seed in range(6)]
    assert sum(pool.counts["greet"].failed.values()) == 2
    assert pauses, "no endpoint was open, and the run must be able to say so"
    assert server.url in pauses[0]


def test_a_busy_server_gets_fewer_requests_at_once_and_all_are_answered(server):
    server.faults.most_in_flight, server.faults.delay_s = 3, 0.01
    pool, texts = ask(options(server.url, endpoint={"max_at_once": 16}), requests=48)
    assert texts == [[f"reply {seed}"] for seed in range(48)]
    assert server.counts["429"] > 0
    assert server.counts["429"] < 48, "it must not be tried at the same rate again"
    assert pool.counts["greet"].failed == {"busy": server.counts["429"]}


def test_retry_after_is_honoured(server, monkeypatch):
    slept = []
    sleep = anyio.sleep

    async def noted(seconds):
        slept.append(seconds)
        await sleep(0)
        monkeypatch.setattr(pool_endpoint, "opens_at", 0.0)

    pool_endpoint = None
    server.faults.script, server.faults.retry_after = ["429"], "2000"

    async def main():
        nonlocal pool_endpoint
        async with ModelPool(options(server.url), on_pause=lambda *_: None) as pool:
            pool_endpoint = pool.endpoints[0]
            monkeypatch.setattr("services.synth.llm.queue.anyio.sleep", noted)
            await pool.complete(HI, purpose="greet")

    anyio.run(main)
    assert 1990 < slept[0] <= 2000


def test_an_outage_pauses_all_requests_until_the_server_answers_a_probe(server):
    server.faults.is_down = True
    pauses = []
    done = []
    thread = threading.Thread(
        target=lambda: done.append(ask(options(server.url), requests=10, pauses=pauses))
    )
    thread.start()
    wait_until(lambda: len(pauses) > 5)
    assert not done
    requests_in_the_outage = len(server.requests)
    server.faults.is_down = False
    thread.join()
    assert requests_in_the_outage == 0
    assert done[0][1] == [[f"reply {seed}"] for seed in range(10)]
    assert server.requests[0]["max_tokens"] == 1, "the first request after an outage is a probe"


def test_a_conversation_on_which_the_server_fails_again_and_again_is_refused(server):
    server.faults.script = ["500", "ok"] * MOST_FAILURES  # a request, then the probe
    with pytest.raises(PromptRefusedError, match=r"failed 6 times: m at .*HTTP 500: 500 scripted 500"):
        ask(options(server.url, endpoint={"max_at_once": 1}))
    assert server.counts["500"] == MOST_FAILURES


def test_connections_that_break_under_many_requests_are_no_ones_fault(server):
    server.faults.script = [*["close"] * 4, *["ok", *["close"] * 4] * 3]
    _, texts = ask(options(server.url, endpoint={"max_at_once": 4}), requests=12)
    assert texts == [[f"reply {seed}"] for seed in range(12)]


def test_a_url_with_a_password_is_refused():
    with pytest.raises(ValueError, match="put no user or password into the URL"):
        options("http://user:secret@host/v1")


def test_a_slow_server_gets_more_time_and_fewer_requests(server):
    server.faults.script = ["hang"]
    pool, texts = ask(options(server.url, endpoint={"timeout_s": 0.3}))
    assert texts == [["reply 0"]]
    assert pool.counts["greet"].failed == {"slow": 1}
    assert pool.endpoints[0].limit.value <= 3


def test_requests_are_shared_by_weight(server):
    with replaying(RECORDINGS, LlamaCpp("m")) as (other, url):
        chosen = ModelOptions(
            model="m",
            endpoints=[EndpointOptions(url=server.url, weight=3), EndpointOptions(url=url, weight=1)],
        )

        async def main():
            async with ModelPool(chosen) as pool:
                for seed in range(40):
                    await pool.complete(HI, purpose="greet", sampling=Sampling(seed=seed))

        anyio.run(main)
        assert (len(server.requests), len(other.requests)) == (30, 10)


def test_while_one_endpoint_is_out_the_other_does_all_and_nothing_pauses(server):
    with replaying(RECORDINGS, LlamaCpp("m"), is_down=True) as (_, url):
        pauses = []
        _, texts = ask(options(url, server.url), requests=20, pauses=pauses)
        assert texts == [[f"reply {seed}"] for seed in range(20)]
        assert pauses == []


def test_a_rerun_costs_nothing_and_a_longer_one_only_the_rest(server, tmp_path):
    with ReplyCache(tmp_path / "c") as cache:
        ask(options(server.url), count=3, cache=cache, sampling=Sampling(seed=0))
        server.requests.clear()
        pool, texts = ask(options(server.url), count=3, cache=cache, sampling=Sampling(seed=0))
        assert server.requests == []
        assert texts == [["reply 0", "reply 1", "reply 2"]]
        assert (pool.counts["greet"].cached, pool.counts["greet"].cost_usd) == (3, 0.0)
        ask(options(server.url), count=5, cache=cache, sampling=Sampling(seed=0))
        assert [(body["seed"], body["n"]) for body in server.requests] == [(3, 2)]


def test_a_killed_run_repeats_no_request_that_was_answered(server, tmp_path):
    script = textwrap.dedent(f"""
        import anyio, os, signal
        from pathlib import Path
        from services.synth.llm.cache import ReplyCache
        from services.synth.llm.model import Sampling
        from services.synth.llm.pool import ModelPool
        from tests.unit.synth.llm.test_pool import HI, options
        async def main():
            async with ModelPool(options({server.url!r}), cache=ReplyCache(Path({str(tmp_path / "c")!r}))) as pool:
                for seed in range(10):
                    await pool.complete(HI, purpose="greet", sampling=Sampling(seed=seed))
                os.kill(os.getpid(), signal.SIGKILL)
        anyio.run(main)
    """)
    killed = subprocess.run([sys.executable, "-c", script], env=os.environ, cwd=os.getcwd(), check=False)
    assert killed.returncode == -9
    server.requests.clear()
    with ReplyCache(tmp_path / "c") as cache:
        _, texts = ask(options(server.url), requests=12, cache=cache)
    assert texts == [[f"reply {seed}"] for seed in range(12)]
    assert sorted(body["seed"] for body in server.requests) == [10, 11]


def test_a_key_comes_from_the_environment_and_is_in_no_message(server):
    chosen = options(server.url, endpoint={"key_variable": "MY_KEY"})
    with pytest.raises(EndpointConfigError, match="environment variable MY_KEY holds no key"):
        ModelPool(chosen, environ={})
    pool = ModelPool(chosen, environ={"MY_KEY": "sk-secret"})
    assert pool.endpoints[0]._redacted("bad key sk-secret") == "bad key ***"


def test_check_names_what_is_misconfigured():
    with replaying(RECORDINGS, Vllm("served")) as (_, url):

        async def main():
            async with ModelPool(options(url)) as pool:
                await pool.check()

        with pytest.raises(
            EndpointConfigError, match=r"`m` does not exist\. Valid aliases: served\..*check url, model"
        ):
            anyio.run(main)


def test_a_pool_that_is_not_open_says_so(server):
    pool = ModelPool(options(server.url))
    with pytest.raises(RuntimeError, match="async with"):
        anyio.run(lambda: pool.complete(HI, purpose="greet"))


def test_a_caller_that_gives_up_gives_its_place_back(server):
    server.faults.delay_s = 0.05

    async def main():
        async with ModelPool(options(server.url, endpoint={"max_at_once": 1})) as pool:
            async with anyio.create_task_group() as tasks:
                for seed in range(5):
                    tasks.start_soon(
                        lambda s: pool.complete(HI, purpose="greet", sampling=Sampling(seed=s)), seed
                    )
                await anyio.sleep(0.02)
                tasks.cancel_scope.cancel()
            assert pool.endpoints[0].in_flight == 0
            return await pool.complete(HI, purpose="greet")

    assert anyio.run(main)[0].text == "reply 0"
