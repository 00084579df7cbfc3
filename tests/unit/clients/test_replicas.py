"""Several replicas of the reward model: a prompt belongs to one of them, and a lost one's prompts go elsewhere."""

import json
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clients import CannotConnectError, RewardModel
from clients._transport.replicas import Replicas
from clients.config import ClientConfig
from clients.reward_model import _SERVICE

GROUPS = [{"prompt": f"Question {n}", "candidates": ["a" * n, "b"]} for n in range(1, 30)]


class Handler(BaseHTTPRequestHandler):
    """FAKE: answers every candidate with the length of its text."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.prompts += [group["prompt"] for group in body["groups"]]
        groups = [
            {"scores": [{"score": len(text)} for text in group["candidates"]]} for group in body["groups"]
        ]
        raw = json.dumps(
            {
                "model": "m",
                "version": "1",
                "format": "chat",
                "groups": groups,
                "usage": {"tokens": len(groups)},
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.prompts, server.url = [], f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_each_prompt_goes_to_one_replica_and_results_keep_their_order():
    with ExitStack() as stack:
        servers = [stack.enter_context(serving()) for _ in range(3)]
        model = stack.enter_context(RewardModel(",".join(server.url for server in servers)))
        for _ in range(2):
            response = model.score_groups(GROUPS)
            assert [group.scores[0].score for group in response.groups] == list(range(1, 30))
            assert response.usage.tokens == len(GROUPS)
        assert model.score("Question 7", ["abc"]) == [3]
    seen = [set(server.prompts) for server in servers]
    assert all(seen)
    assert sum(map(len, seen)) == len(GROUPS), "no prompt went to two replicas"


def test_a_lost_replicas_prompts_go_to_the_others():
    with ExitStack() as stack:
        left = stack.enter_context(serving())
        with serving() as lost:
            urls = f"{lost.url}, {left.url}"
        model = stack.enter_context(RewardModel(config=ClientConfig(url=urls, connect_s=1.0)))
        response = model.score_groups(GROUPS)
    assert [group.scores[0].score for group in response.groups] == list(range(1, 30))
    assert set(left.prompts) == {group["prompt"] for group in GROUPS}


def test_when_all_are_lost_the_error_says_so():
    with serving() as one, serving() as other:
        urls = f"{one.url},{other.url}"
    with (
        RewardModel(config=ClientConfig(url=urls, connect_s=1.0)) as model,
        pytest.raises(CannotConnectError),
    ):
        model.score("Q", ["A"])


def test_only_the_prompts_of_a_new_replica_move():
    def owners(count):
        urls = ",".join(f"http://h{n}" for n in range(count))
        replicas = Replicas(ClientConfig(url=urls), _SERVICE)
        return [replicas.order(f"prompt {n}")[0] for n in range(300)]

    before, after = owners(3), owners(4)
    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    assert set(moved) == {"http://h3"}
    assert 40 < len(moved) < 120


def test_an_address_that_is_none_is_refused_by_its_name():
    with pytest.raises(ValueError, match="'h2:8100'"):
        RewardModel("http://h1:8100,h2:8100")


@pytest.mark.parametrize("urls", ["http://a:1,", "http://a:1,,http://b:2"])
def test_an_empty_address_is_refused_and_not_replaced_by_the_default(urls):
    with pytest.raises(ValueError, match="an address beside a comma is empty"):
        RewardModel(urls)
