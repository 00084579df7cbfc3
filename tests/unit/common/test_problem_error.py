"""Errors in the words of the request: which field, what is wrong, what to do."""

import anyio
import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from clients.contract import PROBLEMS, ExecutionRequest, ProblemDetails, Slug
from clients.contract.validation_errors import field_errors, field_name
from services.common.app import create_app
from services.common.settings import ServiceSettings


@pytest.mark.parametrize(
    ("loc", "name"),
    [
        (("candidates", 3, "program"), "candidates[3].program"),
        (("limits", "cpu_s", "constrained-float"), "limits.cpu_s"),
        (("limits", "cpu_s", "literal['auto']"), "limits.cpu_s"),
        (("suites", 0, "io", 12, "stdin"), "suites[0].io[12].stdin"),
        ((), ""),
    ],
)
def test_fields_are_named_as_one_would_write_them(loc, name):
    assert field_name(loc) == name


def errors_of(body):
    with pytest.raises(ValidationError) as caught:
        ExecutionRequest.model_validate(body)
    return {error.field: error.message for error in field_errors(caught.value)}


def test_every_wrong_field_is_named_once():
    found = errors_of({"candidates": [{"suite": "s", "program": 1}], "limits": {"cpu_s": -1}, "colour": 2})
    assert set(found) == {"suites", "candidates[0].program", "limits.cpu_s", "colour"}
    assert found["suites"] == "required; add it"
    assert found["limits.cpu_s"] == "should be greater than 0; or should be 'auto'; got -1"


def test_the_service_never_repeats_an_exceptions_text():
    async def talk():
        app = create_app(
            "t", summary="", settings=ServiceSettings(), ready={}, lifespan=None, registry=CollectorRegistry()
        )

        @app.get("/boom")
        async def boom():
            raise RuntimeError("the password is 1234")

        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.get("/boom")

    answer = anyio.run(talk)
    problem = ProblemDetails.model_validate_json(answer.content)
    assert answer.status_code == problem.status == 500
    assert problem.slug is Slug.INTERNAL
    assert problem.request_id == answer.headers["x-request-id"]
    assert "1234" not in answer.text


def test_the_table_knows_every_slug():
    assert set(PROBLEMS) == set(Slug)
    assert {kind.status for kind in PROBLEMS.values() if kind.retryable} == {429, 500, 503}
