"""The overview at a service's address, and the pages that the ``type`` of an error leads to. Neither needs a key."""

import html
import re
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, Field

from clients.contract import Slug
from services.common.app import create_app
from services.common.settings import ServiceSettings


@asynccontextmanager
async def nothing(_):
    yield


async def works():
    return ""


async def full_disk():
    return "the disk is <full>"


async def status():
    return {"workers": "3 <busy>"}


class Size(BaseModel):
    """How large."""

    metres: Annotated[float, Field(gt=0, description="Height.")] = 1.5


class Thing(BaseModel):
    """What is counted."""

    name: Annotated[str, Field(description="Its name, <b>.")]
    sizes: list[Size] = []
    colour: Literal["red", "blue"] | None = None


@pytest.fixture
async def client():
    app = create_app(
        "A service",
        summary="What it does.",
        settings=ServiceSettings(token="a-key"),
        ready={"disk": full_disk, "model": works},
        lifespan=nothing,
        registry=CollectorRegistry(),
        status=status,
    )

    @app.post("/v1/things", description="Counts `x`.")
    async def things(thing: Thing) -> Thing:
        return thing

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
        assert (await client.get(link)).status_code == (503 if link == "/readyz" else 200), link


async def test_a_browser_gets_a_page_that_says_what_is_wrong_and_loads_nothing_else(client):
    page = (await client.get("/", headers={"accept": "text/html,*/*"})).text
    assert "not ready" in page
    for text in ("What it does.", "the disk is &lt;full&gt;", "3 &lt;busy&gt;"):
        assert text in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert (await client.get(link)).status_code in (200, 503), link
    assert not re.search(r"src=|https?:", page.replace("http://www.w3.org/2000/svg", ""))


async def test_the_reference_has_every_route_and_field_and_works_without_the_internet(client):
    page = (await client.get("/docs")).text
    assert not re.search(r"<script|src=|https?:", page)
    document = (await client.get("/openapi.json")).json()
    for path in document["paths"]:
        assert f"<code>{html.escape(path)}</code>" in page
    text = re.sub(r"<[^>]+>", " ", page.partition('id="Thing"')[2])
    rows = " ".join(text.split())
    assert "name string required Its name, &lt;b&gt;." in rows
    assert "sizes list of Size []" in rows
    assert "colour red or blue or null" in rows
    assert "metres number &gt; 0 1.5 Height." in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


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
