"""What a log says of an error: where and what it was, never what the request carried."""

import asyncio
import json
import logging

import anyio
import httpx2
import pytest
import structlog

from clients.contract import ProblemDetails, Slug
from services.common import logs
from services.common.logs import MAX_LINE_CHARS, MAX_LINES, short_traceback
from services.common.requests import RequestId

SECRET = "def solution(): return 'the whole program of a user'"


@pytest.fixture
def written(capsys):
    """What has been logged so far."""
    return lambda: capsys.readouterr().err


def fail(body):
    held = [body] * 3  # a local of the frame that fails
    raise RuntimeError(f"cannot judge {len(held)}")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_shows_no_variables(written, as_json):
    logs.configure(json=as_json, level="INFO")
    try:
        fail(SECRET)
    except RuntimeError as error:
        structlog.get_logger().error("request failed", exc_info=error)
    text = written()
    assert "RuntimeError: cannot judge 3" in text
    assert "fail(SECRET)" in text  # the line of source, not what it holds
    assert "the whole program" not in text
    assert "╭" not in text
    if as_json:
        assert "RuntimeError" in json.loads(text)["exception"]


def ping(levels):
    pong(levels - 1)


def pong(levels):
    if not levels:
        raise ValueError("x" * 5000)
    ping(levels)


def test_a_long_traceback_is_cut():
    try:
        ping(200)
    except ValueError as error:
        text = short_traceback((ValueError, error, error.__traceback__))
    lines = text.splitlines()
    assert len(lines) <= MAX_LINES + 1
    assert max(map(len, lines)) <= MAX_LINE_CHARS
    assert lines[-1].startswith("ValueError: xxx")
    assert "left out" in text


def served(app):
    """The application alone behind what answers for it, as a server would run it."""

    async def talk():
        transport = httpx2.ASGITransport(app=RequestId(app))
        async with httpx2.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.get("/", headers={"x-request-id": "r1"})

    return anyio.run(talk)


def test_what_fails_is_answered_and_logged_once(written):
    logs.configure(json=True, level="INFO")

    async def app(scope, receive, send):
        raise RuntimeError("boom")

    answer = served(app)
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "r1")
    assert ProblemDetails.model_validate_json(answer.content).slug is Slug.INTERNAL
    (line,) = written().splitlines()
    assert json.loads(line)["request_id"] == "r1"


def test_what_is_cut_short_by_a_stop_says_so(written):
    async def app(scope, receive, send):
        asyncio.current_task().cancel()
        await asyncio.sleep(60)

    answer = served(app)
    problem = ProblemDetails.model_validate_json(answer.content)
    assert (answer.status_code, problem.slug) == (503, Slug.STOPPING)
    assert answer.headers["retry-after"] == "1"
    assert written() == ""


def test_an_answer_that_has_begun_is_not_begun_again():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        served(app)


def test_a_later_test_finds_logging_as_it_was():
    """What the tests above have configured is undone (``tests/conftest.py``)."""
    assert not structlog.is_configured()
    assert not any(
        handler.stream.closed for handler in logging.getLogger().handlers if hasattr(handler, "stream")
    )
