"""A body with too many groups is refused before it is parsed; an answer that waits has blanks before it."""

import asyncio
import json
import threading

import httpx2
import pytest

from clients.contract import Slug
from clients.contract.scoring import MAX_GROUPS
from services.common.problem_error import ProblemError
from services.rm.app import create_app
from services.rm.routes.v1 import check_group_count
from services.rm.serving.batcher import Batcher
from services.rm.settings import RmSettings
from tests.support.serving import serving
from tests.unit.rm.fake_backend import FakeBackend


def body(groups, candidates=()):
    return json.dumps({"groups": [{"prompt": "p", "candidates": list(candidates)}] * groups}).encode()


def test_a_body_with_too_many_groups_is_refused_without_parsing():
    unfinished = body(MAX_GROUPS + 1)[:-2]  # not JSON, so a parser would report that
    with pytest.raises(ProblemError, match=f"groups: {MAX_GROUPS + 1} groups are too many"):
        check_group_count(unfinished)
    check_group_count(body(MAX_GROUPS))


def test_texts_are_not_counted_as_groups():
    check_group_count(body(1, ["candidates"] * (MAX_GROUPS + 1)))
    check_group_count(body(1, ['"candidates":'] * (MAX_GROUPS + 1)))


class Gate:
    """Takes the place of an event of the service's loop; the test opens it from its own thread."""

    def __init__(self):
        self.is_open = threading.Event()

    async def wait(self):
        await asyncio.to_thread(self.is_open.wait, 30)


def test_an_answer_that_waits_begins_with_blanks_once_its_request_is_in_the_queue():
    backend = FakeBackend(lambda _: None)
    backend.go_on = gate = Gate()
    app = create_app(RmSettings(model="m", max_silence_s=0.05, _env_file=None), backend)
    with (
        serving(app) as url,
        httpx2.stream("POST", f"{url}/v1/scores", content=body(1, ["a", "b"])) as response,
    ):
        pieces = response.iter_raw()
        assert next(pieces).isspace()
        assert backend.batches
        gate.is_open.set()
        (group,) = json.loads(b"".join(pieces))["groups"]
    assert [score["score"] for score in group["scores"]] == [0.0, 0.0]


def test_a_request_that_the_queue_refuses_late_is_429(monkeypatch):
    async def full(*_, **__):
        await asyncio.sleep(0.1)
        raise ProblemError(Slug.TOO_MANY_REQUESTS, "full")

    monkeypatch.setattr(Batcher, "score", full)
    app = create_app(RmSettings(model="m", max_silence_s=0.001, _env_file=None), FakeBackend(lambda _: 1.0))
    with serving(app) as url:
        assert httpx2.post(f"{url}/v1/scores", content=body(1, ["a"])).status_code == 429
