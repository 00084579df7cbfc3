"""The live page: its samples, its stream, and what a real browser shows of it."""

import contextlib
import json
import os
import re
import shutil
import threading
import time
from functools import partial

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily

from docs.images.browser import Browser
from services.common import pages
from services.common.dashboard import page
from services.common.dashboard.history import KEPT, MetricHistory
from services.common.dashboard.panels import Panel, PanelKind

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
PANELS = (
    Panel("Jobs", "jobs_total", PanelKind.RATE, "status", "/s"),
    Panel("Workers", "workers", PanelKind.LEVEL),
)


@pytest.fixture
def served():
    """A small service with a live page; yields its URL, its counter and its history."""
    registry = CollectorRegistry()
    jobs = Counter("jobs", "Jobs", ["status"], registry=registry)
    Gauge("workers", "Workers", registry=registry).set(3)
    history = MetricHistory(registry, PANELS, interval_s=0.05)

    @contextlib.asynccontextmanager
    async def lifespan(_):
        async with history.running():
            yield

    async def ready():
        return {"redis": "ok"}

    async def status():
        return {"backend": "<b>nsjail</b>"}

    app = FastAPI(title="A <service>", lifespan=lifespan)
    pages.install(app, history, ready=ready, status=status)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", jobs, history
    server.should_exit = True
    thread.join(10)


def events(url, count):
    """Read so many events of the stream."""
    found = []
    with httpx2.stream("GET", f"{url}/live", timeout=20) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
                if len(found) == count:
                    return found
    return found


def test_the_stream_has_the_state_then_what_is_kept_then_each_sample(served):
    url, jobs, history = served
    jobs.labels("ok").inc(5)
    while len(history.samples) < 3:
        time.sleep(0.05)
    (first, state), (second, kept), *rest = events(url, 5)
    assert (first, state) == ("state", {"ready": {"redis": "ok"}, "status": {"backend": "<b>nsjail</b>"}})
    assert second == "samples"
    assert len(kept) >= 3
    assert [name for name, _ in rest] == ["samples"] * 3
    assert all(len(samples) == 1 for _, samples in rest)
    assert rest[-1][1][0]["values"][1] == {"": 3.0}
    assert any(sample["values"][0].get("ok") for sample in kept), "the jobs were counted in some sample"


def test_only_so_many_clients_may_read_the_stream_and_one_that_leaves_makes_room(served, monkeypatch):
    url, _, _ = served
    monkeypatch.setattr(page, "MAX_STREAMS", 2)
    with contextlib.ExitStack() as open_streams:
        stream = partial(httpx2.stream, "GET", f"{url}/live", timeout=20)
        lines = [open_streams.enter_context(stream()).iter_lines() for _ in range(2)]
        assert [next(line) for line in lines] == ["event: state"] * 2
        refused = open_streams.enter_context(stream())
        assert refused.status_code == 429
        assert "2 clients read /live already" in json.loads(refused.read())["detail"]
        assert httpx2.get(url, timeout=20).status_code == 200
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with stream() as response:
            if response.status_code == 200:
                break
        time.sleep(0.05)
    assert response.status_code == 200


def test_the_page_escapes_what_it_shows(served):
    url, _, _ = served
    text = httpx2.get(url, headers={"accept": "text/html"}, timeout=20).text
    assert "<b>nsjail</b>" not in text
    assert "A &lt;service&gt;" in text
    assert not re.search(r"src=|https?:", text.replace("http://www.w3.org/2000/svg", "")), (
        "it loads nothing else"
    )
    assert httpx2.get(url, timeout=20).json()["service"] == "A <service>"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_draws_the_samples(served, tmp_path):
    url, jobs, history = served
    jobs.labels("ok").inc(7)
    while len(history.samples) < 3:
        time.sleep(0.05)
    browser = Browser(str(tmp_path))
    try:
        browser.open(url, 400, 800)
        while not browser.evaluate("document.querySelector('.panel path') !== null"):
            time.sleep(0.05)
        dom = browser.evaluate("document.body.outerHTML")
        assert browser.evaluate("document.documentElement.scrollWidth") <= 400
    finally:
        browser.close()
    figures = re.findall(r"<figure.*?</figure>", dom, re.DOTALL)
    assert len(figures) == 2
    assert "ok" in figures[0]
    assert '<path d="M' in figures[0]
    assert "in the memory of this process alone" in dom or "waiting for the first sample" in dom
    assert "<button" not in dom, "a service without a store has no other span"
    assert "<output>3</output>" in figures[1]


def test_a_collector_that_fails_leaves_out_a_sample_and_no_more(served, caplog):
    _, _, history = served

    class Failing:
        fails = True

        def collect(self):
            if self.fails:
                raise OSError("away")
            yield GaugeMetricFamily("x", "x", 1.0)

    failing = Failing()
    history._registry._collector_to_names[failing] = []
    time.sleep(0.3)
    before = len(history.samples)
    time.sleep(0.3)
    assert len(history.samples) <= before + 1
    failing.fails = False
    while len(history.samples) <= before + 1:
        time.sleep(0.05)


def test_the_history_is_bounded():
    history = MetricHistory(CollectorRegistry(), PANELS)
    history._samples.extend({"t": at, "values": []} for at in range(KEPT + 10))
    assert len(history.samples) == KEPT
