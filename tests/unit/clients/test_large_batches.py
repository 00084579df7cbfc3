"""Batches that are larger than one request may be: sent in parts, answered as one, with items named as the caller gave them."""

import json

import pytest

from clients import (
    BodyTooLargeError,
    Candidate,
    ClientConfig,
    Executor,
    InvalidSuiteError,
    Problem,
    Suite,
    best_of_n_each,
)
from clients.contract import Slug
from tests.unit.clients.fake_service import FakeResponse, all_pass, problem

LIMIT = 64 * 2**10
"""Bytes that the service of these tests takes."""


@pytest.fixture
def limited(service):
    """A service that refuses larger bodies, as the real one does."""

    def answer(request):
        if len(json.dumps(request.body)) > LIMIT:
            return problem(Slug.BODY_TOO_LARGE, f"The server takes at most {LIMIT} bytes.")
        return all_pass(request)

    service.otherwise = answer
    return service


def suite(name, size=5_000):
    return Suite(id=name, asserts=["assert f(1)", f"assert f({'9' * size})"])


def executor(service, **options):
    return Executor(config=ClientConfig(url=service.url, **options))


PROBLEMS = 200
SUITES = [suite(f"p{at}") for at in range(PROBLEMS)]
CANDIDATES = [Candidate(suite=each.id, program=f"def f(x): return {at}") for at, each in enumerate(SUITES)]


def test_many_problems_with_large_suites_are_split_by_bytes(limited):
    """200 suites of 5 kB in parts of 16 kB: 3 suites a part."""
    with executor(limited, max_body_bytes=16 * 2**10) as client:
        response = client.execute(CANDIDATES, SUITES)
        assert [info.id for info in response.suites] == [each.id for each in SUITES]
        assert [(result.index, result.suite) for result in response.results] == [
            (at, f"p{at}") for at in range(PROBLEMS)
        ]
        assert sorted(result.index for result in client.stream(CANDIDATES, SUITES)) == list(range(PROBLEMS))
    assert len(limited.requests) == 2 * 67
    assert max(len(json.dumps(request.body)) for request in limited.requests) < LIMIT


@pytest.mark.anyio
async def test_a_smaller_limit_of_the_service_is_found_without_a_setting(limited):
    from clients import AsyncExecutor

    async with AsyncExecutor(config=ClientConfig(url=limited.url)) as client:
        response = await client.execute(CANDIDATES, SUITES)
        streamed = [result.index async for result in client.stream(CANDIDATES, SUITES)]
    assert [result.index for result in response.results] == list(range(PROBLEMS))
    assert sorted(streamed) == list(range(PROBLEMS))


def test_a_batch_is_split_by_count(service):
    with executor(service, max_candidates=64) as client:
        results = client.execute(["def f(): pass"] * 200, ["assert f() is None"]).results
    assert [result.index for result in results] == list(range(200))
    assert [result.id for result in results] == [str(at) for at in range(200)]
    assert sorted(len(request.body["candidates"]) for request in service.requests) == [8, 64, 64, 64]


def test_suites_that_no_candidate_uses_are_split_too(limited):
    """A request without candidates describes suites: hashes of their tests, invalid tests."""
    with executor(limited, max_body_bytes=16 * 2**10) as client:
        for candidates in ([], CANDIDATES[:1]):
            response = client.execute(candidates, SUITES)
            assert [info.id for info in response.suites] == [each.id for each in SUITES]
            assert len(response.results) == len(candidates)
    with executor(limited) as client:  # parts that the service finds too large are halved
        assert len(client.execute([], SUITES).suites) == PROBLEMS
        assert len(client.execute(CANDIDATES[:1], SUITES).suites) == PROBLEMS


def test_the_same_batch_is_sent_as_the_same_requests(service):
    """The service finds earlier work by content, so a batch that is sent again must be cut in the same places."""
    with executor(service, max_body_bytes=16 * 2**10) as client:
        client.execute(CANDIDATES, SUITES)
        client.execute(CANDIDATES, SUITES)
    bodies = [json.dumps(request.body, sort_keys=True) for request in service.requests]
    assert len(set(bodies)) * 2 == len(bodies)


def test_a_suite_that_is_too_large_alone_is_named(limited):
    suites = [*SUITES[:3], suite("giant", 2 * LIMIT), *SUITES[3:6]]
    candidates = [Candidate(suite=each.id, program="def f(x): pass") for each in suites]
    with executor(limited) as client:
        for call in (
            lambda: client.execute(candidates, suites),
            lambda: list(client.stream(candidates, suites)),
        ):
            with pytest.raises(BodyTooLargeError) as error:
                call()
            assert [each.field for each in error.value.errors] == ["suites[3]"]
            assert "suites[3]: suite 'giant' alone has 0.1 MiB" in str(error.value)
            assert "MAX_BODY_BYTES" in str(error.value)


def test_a_candidate_that_is_too_large_alone_is_named(limited):
    programs = ["def f(): pass"] * 20
    programs[13] = "#" * 2 * LIMIT
    with (
        executor(limited) as client,
        pytest.raises(BodyTooLargeError, match=r"candidates\[13\]: its program"),
    ):
        client.execute(programs, ["assert f() is None"])


def test_a_job_that_is_too_large_says_what_is_not(limited):
    with executor(limited) as client:
        with pytest.raises(
            BodyTooLargeError, match="A job is one request: submit several, or use execute or stream"
        ):
            client.submit(CANDIDATES, SUITES)
        with pytest.raises(BodyTooLargeError, match=r"suites\[0\]: suite 'giant' alone has"):
            client.submit([], [suite("giant", 2 * LIMIT)])


def test_an_error_in_a_part_names_the_item_of_the_batch(service):
    """The third suite of a part is the caller's suite 5, or later."""

    def answer(request):
        for at, each in enumerate(request.body["suites"]):
            if each["id"] == "p77":
                field, message = f"suites[{at}]", "suite 'p77' has no valid test"
                errors = [{"field": field, "message": message}]
                return problem(Slug.INVALID_SUITE, f"{field}: {message}.", errors=errors)
        return all_pass(request)

    service.otherwise = answer
    with executor(service, max_body_bytes=16 * 2**10) as client:
        with pytest.raises(
            InvalidSuiteError, match=r"^A suite cannot be used: suites\[77\]: suite 'p77'"
        ) as error:
            client.execute(CANDIDATES, SUITES)
        assert [each.field for each in error.value.errors] == ["suites[77]"]
        with pytest.raises(InvalidSuiteError, match=r"suites\[77\]"):
            list(client.stream(CANDIDATES, SUITES))


def test_a_proxy_that_takes_less_gets_less(service):
    """nginx answers 413 with a page of its own; its default is 1 MiB."""

    def answer(request):
        if len(request.body["candidates"]) > 3:
            return FakeResponse(
                413, b"<html>413 Request Entity Too Large</html>", {"content-type": "text/html"}
            )
        return all_pass(request)

    service.otherwise = answer
    with executor(service) as client:
        assert len(client.execute(["x = 1"] * 10, ["assert x == 1"]).results) == 10
        service.otherwise = FakeResponse(413, b"<html>413 Request Entity Too Large</html>")
        with pytest.raises(BodyTooLargeError, match="client_max_body_size"):
            client.execute(["x = 1"], ["assert x == 1"])


def test_best_of_n_of_many_problems_with_large_suites(limited):
    problems = [
        Problem("p", [f"def f(x): return {at}", "def f(x): return str(x)"], suite("s"))
        for at in range(PROBLEMS)
    ]
    with executor(limited, max_body_bytes=16 * 2**10) as client:
        picked = list(best_of_n_each(problems, executor=client, extract=False))
    assert [best.winner for best in picked] == [0] * PROBLEMS
    assert [best.program for best in picked] == [problem.candidates[0] for problem in problems]


def test_a_candidate_beside_its_suite_counts_its_suite_once():
    from clients._transport.batches import split
    from clients.requests import build_request

    request = build_request(CANDIDATES[:1] * 50, SUITES[:1], {})
    (part,) = split(request, 15_000, 4096)
    assert part.request is request
