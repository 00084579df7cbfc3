"""Jobs that a service has lost: which are sent again, and what the error of the others says."""

import json

import pytest

from clients import ClientConfig, Executor
from clients.contract import Slug
from clients.errors import NotFoundError
from tests.unit.clients.fake_service import FakeResponse, problem

PROGRAM = ["def f(): return 1"]
TESTS = ["assert f() == 1"]
JOB = {"id": "j1", "state": "running", "total": 1, "done": 0}


def as_job(**changes):
    return FakeResponse(202, json.dumps(JOB | changes).encode())


def test_a_job_that_one_process_does_not_find_and_another_writes_again_is_not_sent_again(executor, service):
    service.script = [as_job(), problem(Slug.NOT_FOUND), problem(Slug.NOT_FOUND), as_job(done=1)]
    handle = executor.submit(PROGRAM, TESTS)
    assert (handle.poll().done, handle.id) == (1, "j1")
    assert [request.method for request in service.requests] == ["POST", "GET", "GET", "GET"]


def test_a_lost_job_is_sent_again_as_often_as_there_are_attempts(service, monkeypatch):
    monkeypatch.setattr("clients.execution_jobs._REWRITE_S", 0)
    service.script = [as_job()]
    executor = Executor(config=ClientConfig(url=service.url, attempts=2))
    handle = executor.submit(PROGRAM, TESTS)
    service.otherwise = lambda request: (
        as_job(id="j2") if request.method == "POST" else problem(Slug.NOT_FOUND)
    )
    assert handle.poll().id == "j2"
    with pytest.raises(NotFoundError, match="as often as ACECODER_ATTEMPTS allows"):
        handle.poll()
    executor.close()
    assert [request.method for request in service.requests].count("POST") == 2


def test_a_cancelled_job_is_not_sent_again(executor, service, monkeypatch):
    monkeypatch.setattr("clients.execution_jobs._REWRITE_S", 0)
    service.script = [as_job()]
    service.otherwise = lambda _: problem(Slug.NOT_FOUND)
    handle = executor.submit(PROGRAM, TESTS)
    handle.cancel()
    for read in (handle.wait, lambda: list(handle.stream())):
        with pytest.raises(NotFoundError, match=r"was cancelled.*submit it again"):
            read()
    assert [request.method for request in service.requests].count("POST") == 1
