"""The OpenAPI document is complete. ``test_fuzz`` tests that the service follows it, whatever it receives."""

import json

import pytest

from services.executor.app import create_app
from services.executor.settings import ExecutorSettings
from tests.support.openapi import check_references


@pytest.fixture(scope="module")
def document():
    return create_app(ExecutorSettings(_env_file=None)).openapi()


def test_every_reference_leads_somewhere(document):
    check_references(document, "ExecutionRequest")


def test_every_field_of_a_request_is_described(document):
    schemas = document["components"]["schemas"]
    for name in ("ExecutionRequest", "Suite", "Candidate", "Limits", "RewardPolicy", "Comparison", "IoTest"):
        for field, schema in schemas[name]["properties"].items():
            # a field without a description may have that of its type
            target = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
            assert schema.get("description") or target.get("description"), f"{name}.{field}"
        assert schemas[name]["additionalProperties"] is False


def test_the_routes_are_these(document):
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert routes == {
        ("post", "/v1/executions"),
        ("get", "/v1/executions"),
        ("get", "/v1/executions/{execution_id}"),
        ("get", "/v1/runs"),
        ("delete", "/v1/runs/{run}"),
        ("get", "/v1/jobs/{job_id}"),
        ("delete", "/v1/jobs/{job_id}"),
        ("get", "/v1/jobs/{job_id}/results"),
        ("get", "/v1/environments"),
        ("post", "/run_code"),
        ("post", "/get_reward"),
        ("post", "/remote_rm"),
        ("post", "/seed_session"),
        ("post", "/verify"),
        ("post", "/aggregate_metrics"),
        ("get", "/reverify_mode"),
        ("post", "/test_program"),
        ("post", "/test_program_stdio"),
        ("get", "/health"),
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/version"),
        ("get", "/status"),
    }
    assert json.dumps(document)  # plain JSON, nothing Python-only
