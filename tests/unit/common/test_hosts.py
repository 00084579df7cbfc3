"""By which names a service without a key may be called, so that no web page of another server can use it."""

from contextlib import asynccontextmanager

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from clients.contract import ProblemDetails
from services.common.app import create_app
from services.common.settings import ServiceSettings
from services.executor.settings import ExecutorSettings


@asynccontextmanager
async def nothing(_):
    yield


def client(**settings):
    app = create_app(
        "A service",
        summary="What it does.",
        settings=ServiceSettings(_env_file=None, **settings),
        ready={},
        lifespan=nothing,
        registry=CollectorRegistry(),
    )

    @app.post("/v1/things")
    async def things() -> str:
        return "counted"

    return TestClient(app, base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1:8000", "127.8.8.8", "localhost", "LOCALHOST:8000", "localhost.", "a.localhost", "[::1]:8000"],
)
def test_names_of_loopback_are_accepted(name):
    headers = {"host": name, "origin": f"http://{name}"}
    assert client().post("/v1/things", headers=headers).text == '"counted"'


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8000"},
        {"host": "localhost.evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "evil.example@127.0.0.1.evil.example"},
        {"host": "10.1.2.3"},
        {"host": "[::1"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_page_of_another_server_is_refused(headers):
    response = client().post("/v1/things", headers=headers)
    assert response.status_code == 421
    problem = ProblemDetails.model_validate_json(response.content)
    assert problem.slug == "wrong-host"
    assert "TOKEN" in problem.detail
    assert "ALLOWED_HOSTS" in problem.detail


def test_names_that_the_operator_allows_and_the_name_that_a_server_listens_on_are_accepted():
    assert (
        client(allowed_hosts=["Executor.test"])
        .post("/v1/things", headers={"host": "executor.TEST:80"})
        .is_success
    )
    assert client().post("http://in-process/v1/things").is_success


def test_with_a_key_any_name_is_accepted():
    headers = {"host": "evil.example", "authorization": "Bearer a-key"}
    assert client(token="a-key").post("/v1/things", headers=headers).is_success


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/version", "/"])
def test_probes_and_scrapers_may_use_any_name(path):
    assert client().get(path, headers={"host": "10.1.2.3:8000"}).is_success


def test_the_message_names_the_variables_of_the_service():
    hosts = ExecutorSettings(_env_file=None).keyless_hosts()
    with pytest.raises(Exception, match=r"EXECUTOR_TOKEN.*EXECUTOR_ALLOWED_HOSTS"):
        hosts.check({"host": "evil.example"}, "127.0.0.1")


@pytest.mark.parametrize("name", ["http://executor.test", "executor.test:8000", "*", "", "[::1"])
def test_an_allowed_name_that_matches_nothing_is_refused(name):
    with pytest.raises(ValidationError, match="allowed_hosts"):
        ExecutorSettings(_env_file=None, allowed_hosts=[name])
