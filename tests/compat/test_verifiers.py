"""verifiers: its NeMo-Gym taskset with our URL, and our function as a reward of any taskset.

The environment, the harness, the interception of the model's calls and the scoring are its own; the model behind
them returns the answers that a test gives it: no real model can be downloaded here.
"""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.compat.programs import HALF, RATES, RIGHT, TESTS, WRONG, slow


@pytest.fixture
def vf(needs):
    needs("verifiers")
    import verifiers.v1 as vf

    return vf


class Told(BaseHTTPRequestHandler):
    """A model that answers a number with the text of that number."""

    texts = ()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = asked["messages"][-1]["content"]
        text = self.texts[int(said if isinstance(said, str) else said[0]["text"])]
        steps = [({"role": "assistant", "content": text}, None), ({}, "stop")]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for delta, why in steps:
            choice = {"index": 0, "delta": delta, "finish_reason": why}
            told = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "told",
                "choices": [choice],
            }
            self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


@contextmanager
def model(*texts):
    handler = type("Handler", (Told,), {"texts": texts})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def rollouts(vf, folder, url, *texts, started=None, truths=(), **task):
    """One trace a text, each of its own row, all at once, as ``vf-eval`` runs them. ``truths``: not ``TESTS`` for each."""
    rows = [
        {
            "responses_create_params": {"input": [{"role": "user", "content": str(number)}]},
            "ground_truth": truth,
        }
        for number, truth in enumerate(truths or [TESTS] * len(texts))
    ]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    taskset = {"id": "nemo-gym", "dataset": str(data), "task": {"resources_url": url, **task}}
    agent = {"harness": {"id": "null"}, "runtime": {"type": "subprocess"}}
    env = vf.load_environment(vf.resolve_env_config({"taskset": taskset, "agent": agent}))

    async def run(endpoint):
        client = vf.EvalClientConfig(base_url=endpoint)
        context = vf.ModelContext(model="told", client=client)
        async with env.serving():
            if started:
                started(asyncio.get_running_loop())
            slots = [env.slots(each)[0] for each in env.taskset]
            return await asyncio.gather(*(env.run_slot(slot, context) for slot in slots))

    with model(*texts) as endpoint:
        episodes = asyncio.run(run(endpoint))
    return [episode.traces[0] for episode in episodes]


def rewards(traces):
    """What training sees: ``None`` for a rollout that is left out."""
    assert all(trace.ok for trace in traces), [trace.last_error for trace in traces]
    return [trace.reward for trace in traces]


def left_out(trace):
    """Whether the rollout ended in an error of its scoring, with no score."""
    return not trace.ok and trace.last_error.type == "TaskError" and set(trace.rewards.values()) == {None}


def test_right_and_wrong_programs_by_url(vf, service, tmp_path):
    traces = rollouts(vf, tmp_path, service.url, *RATES)
    assert rewards(traces) == list(RATES.values())
    assert [trace.metrics["pass_rate"] for trace in traces] == list(RATES.values())


def test_an_overloaded_server_and_a_killed_worker(vf, weak, tmp_path):
    with weak.killed_at_work():
        assert rewards(rollouts(vf, tmp_path, weak.url, *(slow() for _ in range(4)))) == [1.0] * 4


def test_a_server_that_goes_on_late(vf, weak, tmp_path):
    with weak.halted() as go_on:
        traces = rollouts(vf, tmp_path, weak.url, RIGHT, started=lambda loop: loop.call_later(5, go_on))
    assert rewards(traces) == [1.0]


@pytest.mark.parametrize(("patience_s", "said"), [(3, "ReadTimeout"), (60, "503")])
def test_no_verdict_is_an_error_of_the_rollout_and_no_zero(vf, weak, tmp_path, patience_s, said):
    """verifiers hangs up, or the service says in time that there is none: either way the rollout is left out."""
    with weak.halted():
        (trace,) = rollouts(vf, tmp_path, weak.url, slow(), request_timeout=patience_s)
    assert left_out(trace)
    assert said in trace.last_error.message


PLUGGED = {"rewards": {"nemo_gym": {"fn": "clients.adapters.verifiers.pass_rate"}}}
"""Our function in the place of the taskset's own reward, as any taskset's configuration may say."""


def test_our_function_as_a_reward(vf, service, tmp_path, monkeypatch):
    monkeypatch.setenv("ACECODER_COLUMN", "row")
    traces = rollouts(vf, tmp_path, service.url, RIGHT, HALF, WRONG, **PLUGGED)
    assert rewards(traces) == [1.0, 0.5, 0.0]
    assert [trace.metrics["acecoder/pass_rate"] for trace in traces] == [1.0, 0.5, 0.0]


def test_our_function_without_a_verdict(vf, weak, tmp_path, monkeypatch):
    monkeypatch.setenv("ACECODER_COLUMN", "row")
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 2, "cache": false}')
    with weak.halted():
        (trace,) = rollouts(vf, tmp_path, weak.url, slow(), **PLUGGED)
    assert left_out(trace)
    assert "NoVerdictError" in trace.last_error.message


@pytest.mark.parametrize("way", ["by url", "by our function"])
def test_a_bad_row_leaves_its_rollouts_out_and_no_others(vf, service, tmp_path, monkeypatch, way):
    monkeypatch.setenv("ACECODER_COLUMN", "row")
    bad = "the answer is 4"
    truths = [bad, TESTS, bad, TESTS, bad]
    plugged = PLUGGED if way == "by our function" else {}
    traces = rollouts(vf, tmp_path, service.url, RIGHT, RIGHT, RIGHT, HALF, WRONG, truths=truths, **plugged)
    assert [trace.reward for trace in traces if trace.ok] == [1.0, 0.5]
    out = [trace for trace in traces if not trace.ok]
    assert len(out) == 3
    assert all(left_out(trace) for trace in out)
    assert all(said in trace.last_error.message for trace in out for said in SAID[way])


SAID = {"by url": ["422"], "by our function": ["column 'row': ", "neither JSON"]}
