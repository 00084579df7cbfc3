"""The client against a scripted server: what is sent, what is retried, what is raised."""

import asyncio
import json
import multiprocessing
import os
import pickle
import socket
import sys
import threading
import time

import pytest

from clients import (
    BodyTooLargeError,
    Candidate,
    CannotConnectError,
    ClientConfig,
    ConnectionLostError,
    Executor,
    InternalError,
    InvalidRequestError,
    ProtocolError,
    QueueFullError,
    ServiceError,
    Suite,
)
from clients._transport import http
from clients._transport.error_answers import parse_retry_after
from clients._transport.http import _retry_hook
from clients.contract import PROBLEMS, ProblemDetails, Slug
from clients.errors import error_for
from tests.unit.clients.fake_service import FakeResponse, all_pass, problem, result

PROGRAM, TESTS = ["def f(x): return x"], ["assert f(1) == 1"]


def test_one_call_judges_a_program(executor, service):
    response = executor.execute(PROGRAM, tests=TESTS, limits={"cpu_s": 1}, reward="binary")
    assert response.results[0].pass_rate == 1.0
    sent = service.requests[0]
    assert (sent.method, sent.path) == ("POST", "/v1/executions")
    assert sent.body == {
        "suites": [{"id": "suite", "asserts": TESTS}],
        "candidates": [{"suite": "suite", "program": PROGRAM[0]}],
        "limits": {"cpu_s": 1.0},
        "reward": {"kind": "binary"},
    }


def test_the_token_is_sent_and_never_shown(service):
    config = ClientConfig(url=service.url, token="secret")
    with Executor(config=config) as executor:
        executor.execute(PROGRAM, TESTS)
    assert service.requests[0].headers["authorization"] == "Bearer secret"
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    "wrong", [lambda e: e.execute("def f(): pass", TESTS), lambda e: e.execute(PROGRAM, "assert f()")]
)
def test_a_string_in_place_of_a_list_is_refused_at_once(executor, service, wrong):
    with pytest.raises(TypeError, match="list"):
        wrong(executor)
    assert not service.requests


def test_text_that_is_no_unicode_goes_out_as_it_is_for_the_service_to_answer(executor, service):
    broken = "x = '\ud83d'"
    executor.execute([broken, *PROGRAM, Candidate(suite="suite", completion=broken)], TESTS)
    programs = [
        each.get("program", each.get("completion")) for each in service.requests[0].body["candidates"]
    ]
    assert programs == [broken, *PROGRAM, broken]


@pytest.mark.parametrize("slug", [Slug.QUEUE_FULL, Slug.TOO_MANY_REQUESTS])
def test_a_full_queue_is_waited_for(executor, service, slug):
    service.script = [problem(slug, retry_after="0")] * 5
    assert executor.execute(PROGRAM, TESTS).results
    assert len(service.requests) == 6
    assert len({request.headers["x-request-id"] for request in service.requests}) == 1


def test_retry_after_says_how_long_to_wait():
    decide = _retry_hook(ClientConfig())
    full = ProblemDetails(type="/problems/queue-full", title="", status=503)
    assert 7 <= decide(error_for(full, 7.0)) <= 7.7
    assert decide(error_for(full)) is True
    assert parse_retry_after("3") == 3
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert parse_retry_after("soon") is None


def test_a_long_request_whose_connection_breaks_is_sent_again_however_long_it_took(service):
    """``retry_s`` bounds refusals: a batch that is judged for longer is not given up at its first broken connection."""
    config = ClientConfig(url=service.url, retry_s=0.2)

    def break_late(_):
        time.sleep(2 * config.retry_s)
        return FakeResponse(200, b" ", cut=True)

    service.script = [break_late, problem(Slug.QUEUE_FULL, retry_after="0"), break_late]
    with Executor(config=config) as executor:
        assert executor.execute(PROGRAM, TESTS).results[0].reward == 1.0
    assert len(service.requests) == 4


@pytest.mark.parametrize("left", [0.1, 0.5, 0.9])
def test_an_answer_cut_in_the_middle_behind_a_proxy_that_does_not_say_so_is_requested_again(
    executor, service, left
):
    """As nginx does by default: it passes on what an API process that was killed had sent, as a whole answer."""

    def cut(request):
        body = all_pass(request).body
        return FakeResponse(200, body[: int(left * len(body))], {"content-type": "application/json"})

    service.script = [cut, cut]
    assert executor.execute(PROGRAM, TESTS).results[0].reward == 1.0
    assert len(service.requests) == 3


def test_no_wait_is_longer_than_refusals_are_retried():
    decide = _retry_hook(ClientConfig(retry_s=10))
    assert (
        10
        <= decide(error_for(ProblemDetails(type="/problems/queue-full", title="", status=503), 86400))
        <= 11
    )


def test_giving_up_on_a_full_queue_raises_its_error(service):
    service.otherwise = problem(Slug.QUEUE_FULL, "64 waiting", retry_after="0")
    with (
        Executor(config=ClientConfig(url=service.url, retry_s=0.05)) as executor,
        pytest.raises(QueueFullError, match="64 waiting") as raised,
    ):
        executor.execute(PROGRAM, TESTS)
    assert raised.value.retry_after_s == 0
    assert raised.value.request_id == service.requests[0].headers["x-request-id"]


def test_a_fault_of_the_service_is_tried_a_few_times(executor, service):
    service.otherwise = problem(Slug.INTERNAL)
    with pytest.raises(InternalError):
        executor.execute(PROGRAM, TESTS)
    assert len(service.requests) == 3


def test_a_gateways_page_is_tried_again(executor, service):
    service.script = [FakeResponse(502, b"<html>bad gateway</html>")]
    assert executor.execute(PROGRAM, TESTS).results


def test_a_refused_request_is_not_tried_again(executor, service):
    field = {"field": "limits.cpu_s", "message": "must be above 0"}
    service.script = [problem(Slug.INVALID_REQUEST, errors=[field])]
    with pytest.raises(InvalidRequestError, match=r"limits\.cpu_s: must be above 0"):
        executor.execute(PROGRAM, TESTS)
    assert len(service.requests) == 1


def test_a_broken_connection_is_tried_again(executor, service):
    service.script = [FakeResponse(200, b"{", cut=True)]
    assert executor.execute(PROGRAM, TESTS).results
    assert len(service.requests) == 2


def test_nothing_listening_says_what_to_do():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        Executor(config=ClientConfig(url=url, connect_s=0.05)) as executor,
        pytest.raises(CannotConnectError, match="acecoder up"),
    ):
        executor.execute(PROGRAM, TESTS)


@pytest.mark.parametrize(
    "answer",
    [
        FakeResponse(200, b"<html>hello</html>"),
        FakeResponse(404, b"<html>no</html>"),
        FakeResponse(200, b'{"ok": true}'),
    ],
)
def test_another_service_is_recognised(executor, service, answer):
    service.otherwise = answer
    with pytest.raises(ProtocolError):
        executor.execute(PROGRAM, TESTS)


@pytest.mark.parametrize("slug", list(Slug))
def test_every_problem_has_a_class_that_agrees_with_the_table_and_pickles(slug):
    kind = PROBLEMS[slug]
    error = error_for(
        ProblemDetails(type=f"/problems/{slug}", title=kind.title, status=kind.status, detail="why"), 1.5
    )
    assert (type(error).slug, error.retryable) == (slug, kind.retryable)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.problem, again.retry_after_s) == (
        type(error),
        str(error),
        error.problem,
        1.5,
    )


def test_a_problem_of_a_newer_server_goes_by_its_status():
    new = {"type": "/problems/brand-new", "title": "New"}
    assert error_for(ProblemDetails(status=503, **new)).retryable
    assert not error_for(ProblemDetails(status=418, **new)).retryable
    assert type(error_for(ProblemDetails(status=429, **new))).__base__ is ServiceError


def test_transport_errors_pickle():
    error = ConnectionLostError("broke")
    assert str(pickle.loads(pickle.dumps(error))) == "broke"


def test_a_large_batch_goes_out_in_parts_and_comes_back_whole(service):
    suites = [Suite(id="a", asserts=["assert f()"]), Suite(id="b", asserts=["assert g()"])]
    candidates = [
        Candidate(suite="ab"[at > 20], program="x" * 100, id="mine" if at == 30 else None) for at in range(40)
    ]
    with Executor(config=ClientConfig(url=service.url, max_body_bytes=2000)) as executor:
        response = executor.execute(candidates, suites)
        streamed = list(executor.stream(candidates, suites))
    for results in (response.results, sorted(streamed, key=lambda result: result.index)):
        assert [result.index for result in results] == list(range(40))
        assert [result.id for result in results] == [*map(str, range(30)), "mine", *map(str, range(31, 40))]
        assert [result.suite for result in results] == ["a"] * 21 + ["b"] * 19
    assert [info.id for info in response.suites] == ["a", "b"]
    assert len(service.requests) > 4
    assert min(len(request.body["suites"]) for request in service.requests) == 1


def test_a_server_that_takes_less_gets_less(executor, service):
    def small(request):
        return all_pass(request) if len(request.body["candidates"]) <= 3 else problem(Slug.BODY_TOO_LARGE)

    service.otherwise = small
    assert [result.index for result in executor.execute(PROGRAM * 10, TESTS).results] == list(range(10))
    assert sorted(result.index for result in executor.stream(PROGRAM * 10, TESTS)) == list(range(10))
    service.otherwise = problem(Slug.BODY_TOO_LARGE)
    with pytest.raises(BodyTooLargeError):
        executor.execute(PROGRAM, TESTS)


def test_the_first_error_of_several_parts_is_raised_as_it_is(service):
    service.otherwise = problem(Slug.INVALID_REQUEST)
    with (
        Executor(config=ClientConfig(url=service.url, max_body_bytes=1)) as executor,
        pytest.raises(InvalidRequestError),
    ):
        executor.execute(PROGRAM * 5, TESTS)


def test_an_empty_batch_is_answered(executor):
    assert executor.execute([], TESTS).results == []


def lines(*rows, cut=False):
    return FakeResponse(200, b"".join(json.dumps(row).encode() + b"\n" for row in rows), cut=cut)


def test_an_answer_that_broke_while_it_waited_is_tried_again(executor, service):
    """Behind a proxy that speaks HTTP/1.0 to the service, a break is the end of the answer: only its blanks are there."""
    service.script = [FakeResponse(200, b"  ")]
    assert executor.execute(PROGRAM, TESTS).results
    assert len(service.requests) == 2


def test_blanks_before_an_answer_and_before_a_line_are_skipped(executor, service):
    """A service sends them while an answer waits, so that no proxy sees a silent connection."""

    def filled(request):
        body = b" " + all_pass(request).body.replace(b"\n", b"\n  ")
        return FakeResponse(200, body)

    service.script = [filled, filled]
    assert executor.execute(PROGRAM, TESTS).results[0].pass_rate == 1.0
    assert [result.index for result in executor.stream(PROGRAM * 3, TESTS)] == [0, 1, 2]
    assert len(service.requests) == 2


def test_a_stream_yields_results_as_they_finish(executor, service):
    assert [result.index for result in executor.stream(PROGRAM * 3, TESTS)] == [0, 1, 2]
    assert service.requests[0].headers["accept"] == "application/x-ndjson"


def test_a_broken_stream_is_taken_up_where_it_broke(executor, service):
    some = [result(at, {"suite": "suite"}) for at in (2, 0)]
    half = FakeResponse(200, lines(*some).body + b'{"id": "1", "ind')
    service.script = [lines(some[0], cut=True), half, lines(*some)]
    assert [result.index for result in executor.stream(PROGRAM * 3, TESTS)] == [2, 0, 1]
    assert len(service.requests) == 4


def test_a_stream_that_never_gets_further_ends_in_an_error(executor, service):
    service.otherwise = lines(result(0, {"suite": "suite"}))
    seen = []
    with pytest.raises(ConnectionLostError):
        seen.extend(result.index for result in executor.stream(PROGRAM * 3, TESTS))
    assert len(service.requests) == 4


def test_a_problem_inside_a_stream_is_raised(executor, service):
    service.otherwise = lines(
        result(0, {"suite": "suite"}), {"type": "/problems/invalid-request", "title": "No", "status": 422}
    )
    with pytest.raises(InvalidRequestError):
        list(executor.stream(PROGRAM * 3, TESTS))


def test_a_stream_may_be_left_early(executor):
    stream = executor.stream(PROGRAM * 3, TESTS)
    assert next(stream).index == 0
    stream.close()
    assert executor.execute(PROGRAM, TESTS).results


def test_a_job_is_submitted_polled_streamed_and_cancelled(executor, service):
    job = {"id": "j1", "state": "running", "total": 1, "done": 0}
    response = json.loads(
        all_pass(
            type("A", (), {"body": {"candidates": [{"suite": "suite"}], "suites": []}, "headers": {}})
        ).body
    )
    done = job | {"state": "finished", "done": 1, "response": response}
    service.script = [
        FakeResponse(202, json.dumps(job).encode(), {"location": "/v1/jobs/j1"}),
        *[FakeResponse(200, json.dumps(each).encode()) for each in (job, job, done)],
        lines(result(0, {"suite": "suite"}), {"id": "j1", "suites": [], "runner_version": "1"}),
        FakeResponse(200, json.dumps(done).encode()),
        problem(Slug.NOT_FOUND),
    ]
    handle = executor.submit(PROGRAM, TESTS)
    assert service.requests[0].headers["prefer"] == "respond-async"
    assert handle.poll().done == 0
    assert handle.wait().results[0].pass_rate == 1.0
    assert [result.index for result in handle.stream()] == [0]
    assert executor.job(handle.id).cancel() is None
    handle.cancel()
    assert [(request.method, request.path) for request in service.requests[-2:]] == [
        ("DELETE", "/v1/jobs/j1")
    ] * 2


def test_environments_are_listed(executor, service):
    service.script = [
        FakeResponse(200, b'[{"name": "base", "python": "3.11", "modules": [], "new_field": 1}]')
    ]
    assert [result.name for result in executor.environments()] == ["base"]


def test_it_works_inside_a_running_event_loop(executor):
    async def notebook_cell():
        return executor.execute(PROGRAM, TESTS).results

    assert asyncio.run(notebook_cell())


def test_one_async_executor_serves_one_event_loop_after_another(new_executor):
    client = new_executor()

    async def once():
        async with client:
            assert [result.index async for result in client.stream(PROGRAM * 2, TESTS)] == [0, 1]
            return (await client.execute(PROGRAM, TESTS)).results

    assert asyncio.run(once())
    assert asyncio.run(once())


def test_threads_share_an_executor(executor):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(len(executor.execute(PROGRAM * 4, TESTS).results)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4] * 8


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_can_go_on_with_its_parents_executor(executor):
    executor.execute(PROGRAM, TESTS)

    def child(queue):
        queue.put((os.getpid(), len(executor.execute(PROGRAM * 2, TESTS).results)))

    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    pid, count = queue.get(timeout=20)
    process.join(20)
    assert (pid, count, process.exitcode) == (process.pid, 2, 0)
    assert executor.execute(PROGRAM, TESTS).results


def test_configuration_comes_from_the_environment_and_arguments_win():
    env = {"ACECODER_URL": "http://there:1", "ACECODER_READ_S": "5", "ACECODER_ATTEMPTS": "2"}
    config = ClientConfig.from_env(env).with_given(token="t")
    assert (config.url, config.read_s, config.attempts, config.token) == ("http://there:1", 5.0, 2, "t")
    assert ClientConfig.from_env(env).with_given(url="https://here").url == "https://here"
    for wrong in ({"ACECODER_READ_S": "soon"}, {"ACECODER_READ_S": "-1"}, {"ACECODER_URL": "there:1"}):
        with pytest.raises(ValueError, match=r"READ_S|read_s|there"):
            ClientConfig.from_env(wrong)


def test_retries_are_one_readable_line_that_names_the_service(caplog, monkeypatch):
    monkeypatch.setattr(http, "_logged_at", {})
    url = "http://127.0.0.1:9"
    with (
        Executor(config=ClientConfig(url=url, connect_s=2.0)) as executor,
        pytest.raises(CannotConnectError),
        caplog.at_level("WARNING", logger="acecoder"),
    ):
        executor.execute(["x = 1"], ["assert x == 1"])
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"executor at {url}: nothing answers at {url}")
    assert line.endswith("trying again for 2 s")


def test_a_body_that_breaks_the_connection_is_explained(service, monkeypatch):
    monkeypatch.setattr(http, "_LARGE_BODY_BYTES", 100)
    service.otherwise = FakeResponse(cut=True, body=b"x")
    config = ClientConfig(url=service.url, attempts=1)
    with (
        Executor(config=config) as executor,
        pytest.raises(ConnectionLostError, match=r"broke: \S.*; the request has 0 MiB, perhaps more than"),
    ):
        executor.execute(["x = 1" + "#" * 1000], ["assert x == 1"])


def test_requests_belong_to_the_run_of_the_client_unless_they_name_another(service, monkeypatch):
    monkeypatch.setenv("ACECODER_RUN", "from-env")
    with Executor(service.url) as plain, Executor(service.url, run="nightly/7") as named:
        plain.execute(PROGRAM, TESTS)
        named.execute(PROGRAM, TESTS)
        named.execute(PROGRAM, TESTS, run="other")
        list(named.stream(PROGRAM, TESTS))
    runs = [sent.body.get("run") for sent in service.requests]
    assert runs == ["from-env", "nightly/7", "other", "nightly/7"]


def test_without_a_run_none_is_sent_so_that_older_servers_understand_the_request(executor, service):
    executor.execute(PROGRAM, TESTS)
    assert "run" not in service.requests[0].body


@pytest.mark.parametrize("run", ["two words", "-x", "é", "x" * 201])
def test_a_name_that_no_run_can_have_is_refused_before_anything_is_sent(run):
    with pytest.raises(ValueError, match="ACECODER_RUN"):
        ClientConfig(run=run)
    with pytest.raises(ValueError, match="run"):
        Executor("http://127.0.0.1:1").execute(PROGRAM, TESTS, run=run)


def test_runs_are_listed_and_cancelled_by_name(executor, service):
    info = {"run": "a/b#1", "executions": 2, "total": 9, "done": 4, "waiting": 3, "age_s": 1.5}
    service.otherwise = lambda request: FakeResponse(
        200, json.dumps([info] if request.method == "GET" else info).encode()
    )
    assert [run.run for run in executor.runs()] == ["a/b#1"]
    assert executor.cancel_run("a/b#1").done == 4
    paths = [(sent.method, sent.path) for sent in service.requests]
    assert paths == [("GET", "/v1/runs"), ("DELETE", "/v1/runs/a%2Fb%231")]
    service.otherwise = lambda request: FakeResponse(200, b"[]")
    with pytest.raises(
        ProtocolError, match=r"did not answer with a run \(.*\); is this the service's address\?"
    ):
        executor.cancel_run("a")
