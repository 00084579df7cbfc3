"""The whole service, on a port, with faults inside it and many callers at once."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from services.rm.engine.engine import Engine
from services.rm.tokens.formats import Writer
from tests.support.rm_server import served
from tests.support.tiny_models import save_classification, tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("model")
    save_classification(made)
    return made


def ask(url, *candidates, prompt="Q", **more):
    body = {"groups": [{"prompt": prompt, "candidates": candidates}], **more}
    answer = httpx2.post(f"{url}/v1/scores", json=body, timeout=120, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"][0]["scores"]


@pytest.mark.parametrize("fault", [StopIteration(), KeyError("x"), RuntimeError("CUDA error: unspecified")])
def test_no_fault_in_the_engine_stops_the_service(folder, monkeypatch, fault):
    """A future cannot carry StopIteration: the task that awaits it would never wake up."""
    with served(folder) as url:
        with monkeypatch.context() as broken:
            broken.setattr(Engine, "_step", failing(fault))
            (bad,) = ask(url, "a", deadline_s=60)
        assert (bad["score"], bad["retryable"]) == (None, True)
        assert "the backend failed" in bad["error"]
        assert ask(url, "a")[0]["score"] is not None
        assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200


def failing(fault, token=None):
    """A step that raises ``fault``; with ``token``, only if the token is in it."""
    step = Engine._step

    def fails(self, sequences, plan):
        if token is None or any(token in sequences[at] for at in plan.members):
            raise fault
        return step(self, sequences, plan)

    return fails


def test_a_candidate_that_breaks_the_engine_does_not_affect_the_others(folder, monkeypatch):
    texts = [f"answer {n}" for n in range(20)]
    (tilde,) = tokenizer()("~", add_special_tokens=False)["input_ids"]
    with served(folder) as url:
        expected = [score["score"] for score in ask(url, *texts, cache=False)]
        monkeypatch.setattr(Engine, "_step", failing(RuntimeError("poison"), tilde))
        results = ask(url, *texts[:10], "~", *texts[10:], cache=False)
    assert (results[10]["score"], results[10]["retryable"]) == (None, True)
    assert [score["score"] for score in results[:10] + results[11:]] == pytest.approx(expected, abs=1e-6)


def test_many_callers_that_hang_up_do_not_delay_the_next_one(folder):
    started, going_on = threading.Event(), threading.Event()
    run = Engine.run

    def held(self, *args):
        started.set()
        going_on.wait(60)
        return run(self, *args)

    with served(folder, budget_tokens=256) as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "run", held)
        port = int(url.rpartition(":")[2])
        for n in range(40):
            _hang_up(port, {"groups": [{"prompt": f"Q{n}", "candidates": [f"{n}" * 300, f"{n} x"]}]})
        assert started.wait(60)
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(ask, url, "a", prompt="after the storm")
            threading.Event().wait(1.5)  # the service checks twice a second which callers are gone
            going_on.set()
            assert pending.result()[0]["score"] is not None
        text = httpx2.get(f"{url}/metrics", trust_env=False).text
    computed = float(text.partition('rm_candidates_total{outcome="scored"}')[2].split()[0])
    assert computed <= 3, "80 were sent"


def _hang_up(port, body):
    raw = json.dumps(body).encode()
    head = f"POST /v1/scores HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(head.encode() + raw)


def test_the_deadline_counts_what_tokenising_takes(folder, monkeypatch):
    """Texts of many megabytes: no caller waits ten times its deadline."""
    going_on = threading.Event()
    ids = Writer.ids
    written = []

    def slow(self, text):
        written.append(text)
        going_on.wait(1)
        return ids(self, text)

    with served(folder) as url:
        monkeypatch.setattr(Writer, "ids", slow)  # not sooner: the start checks the tokenizer
        results = ask(url, *(f"a{n}" for n in range(1000)), deadline_s=0.2)
        going_on.set()
    assert {score["error"] for score in results} == {
        "not scored within 0.2 s; retry, or send fewer candidates at once"
    }
    assert all(score["retryable"] for score in results)
    assert len(written) < 10, "the rest was not started"


def test_equal_scores_share_a_rank_and_the_next_is_below_all_of_them(folder):
    with served(folder) as url:
        results = ask(url, "a", "b", "a", "c", "b", "")
    scores = [result["score"] for result in results]
    assert [result["rank"] for result in results] == [
        None if score is None else 1 + sum(other > score for other in scores if other is not None)
        for score in scores
    ]
