"""The overview at a service's address, and the pages that the ``type`` of an error leads to. Neither needs a key."""

from contextlib import asynccontextmanager

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from clients.contract import Slug
from services.common.app import create_app
from services.common.settings import ServiceSettings


@asynccontextmanager
async def nothing(_):
    yield


@pytest.fixture
async def client():
    app = create_app(
        "A service",
        summary="What it does.",
        settings=ServiceSettings(token="a-key"),
        ready={},
        lifespan=nothing,
        registry=CollectorRegistry(),
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://t") as connection:
        yield connection


@pytest.fixture
def anyio_backend():
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_the_address_says_what_is_there_and_every_link_of_it_leads_somewhere(client):
    reply = (await client.get("/")).json()
    assert (reply["service"], reply["summary"]) == ("A service", "What it does.")
    assert reply["version"] == (await client.get("/version")).json()["version"]
    links = [text for text in reply.values() if text.startswith("/")]
    assert len(links) == 5
    for link in links:
        assert (await client.get(link)).status_code == 200, link


async def test_a_refusal_names_a_page_that_can_be_read_without_the_key(client):
    refused = await client.get("/v1/anything")
    assert refused.status_code == 401
    page = await client.get(refused.url.join(refused.json()["type"]))
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert page.text.startswith("# unauthorized\n")


@pytest.mark.parametrize("slug", Slug)
async def test_every_kind_of_problem_has_its_page(client, slug):
    page = await client.get(f"/problems/{slug}")
    assert page.text.startswith(f"# {slug}\n")


@pytest.mark.parametrize(
    "name", ["brand-new", "%2e%2e", "..%2f..%2fSECURITY", "..%2fv1%2fx", "internal.md", "%00", "é"]
)
async def test_what_is_no_kind_of_problem_is_not_found(client, name):
    answer = await client.get(f"/problems/{name}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("path", ["/problems", "//", "/problem", "/v1", "/jobs", "/docs/x"])
async def test_all_else_still_asks_for_the_key(client, path):
    assert (await client.get(f"http://t{path}")).status_code == 401
