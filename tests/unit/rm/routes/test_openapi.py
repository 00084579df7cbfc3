"""The OpenAPI document of the reward model is whole."""

import json

import pytest

from services.rm.app import create_app
from services.rm.routes.registry import foreign_routers, paths_below_v1
from services.rm.settings import RmSettings
from tests.support.openapi import check_references
from tests.unit.rm.fake_backend import FakeBackend

BELOW_V1 = {"/v1/embeddings", "/v1/score", "/v1/rerank", "/v1/score/evaluation"}
"""Paths of foreign APIs that begin like those of our own."""


@pytest.fixture(scope="module")
def document():
    return create_app(
        RmSettings(model="m", token="x" * 32, _env_file=None), FakeBackend(lambda _: 0.0)
    ).openapi()


def test_every_reference_leads_somewhere(document):
    check_references(document, "Classify")
    assert json.dumps(document)


def test_every_field_of_a_foreign_body_is_described(document):
    schemas = document["components"]["schemas"]
    for name in ("GetReward", "Classify", "Embeddings", "Score", "Rerank", "ScoreEvaluation", "RemoteRm"):
        for field, schema in schemas[name]["properties"].items():
            assert schema.get("description"), f"{name}.{field}"


def test_the_routes_are_these(document):
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    foreign = {"/get_reward", "/classify", "/encode", "/score", "/rerank", "/v2/rerank", "/rm", *BELOW_V1}
    ours = {("post", "/v1/scores"), ("post", "/v1/render"), ("get", "/v1/model")}
    health = {("get", path) for path in ("/healthz", "/readyz", "/status", "/version")}
    health |= {("get", path) for path in ("/health", "/ping", "/load", "/v1/models")} | {("post", "/ping")}
    assert routes == {("post", path) for path in foreign} | ours | health


def test_a_key_is_asked_for(document):
    assert document["paths"]["/classify"]["post"]["security"]


def test_foreign_paths_below_v1_are_told_from_ours():
    settings = RmSettings(model="m", _env_file=None)
    assert paths_below_v1(foreign_routers(None, settings)) == BELOW_V1
