"""Renders the live page of a service, and serves its samples as server-sent events at ``/live``.

The page needs no build step and no library, and loads nothing from another address: it works without the internet.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from html import escape
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.common import html
from services.common.dashboard.history import MetricHistory
from services.common.replies import problem_response
from services.common.tickets import too_many_requests

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")
STATUS_EVERY = 5
"""Samples after which the state of the service is sent again: reading it calls Redis, and it changes seldom."""
MAX_STREAMS = 100
"""Streams of one process at a time. ``/live`` needs no key, and a stream stays open as long as its client likes:
without a limit, one client could take all descriptors of the process, which the API needs.
"""
States = Callable[[], Awaitable[Mapping[str, str]]]
"""Returns the state of parts of the service: name → text."""


def install(app: FastAPI, history: MetricHistory, *, ready: States, status: States) -> None:
    """Add the route ``/live``. It sends all samples that are kept, then each new one when it is taken.

    Beyond ``MAX_STREAMS`` streams it answers 429.
    """
    streams: set[Response] = set()

    class Stream(StreamingResponse):
        """One stream; it is in ``streams`` while it is sent."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            streams.add(self)
            try:
                await super().__call__(scope, receive, send)
            finally:
                streams.discard(self)

    @app.get("/live", include_in_schema=False)
    async def live(request: Request) -> Response:
        if len(streams) >= MAX_STREAMS:
            detail = f"{MAX_STREAMS} clients read /live already; close a page, or read /metrics instead."
            return problem_response(request, too_many_requests(detail))

        async def events() -> AsyncIterator[str]:
            yield _event("state", {"ready": await ready(), "status": await status()})
            yield _event("samples", history.samples)
            sent = 0
            async for sample in history.follow():
                if await request.is_disconnected():
                    return
                yield _event("samples", [sample])
                sent += 1
                if sent % STATUS_EVERY == 0:
                    yield _event("state", {"ready": await ready(), "status": await status()})

        return Stream(
            events(),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _in_script(value: object) -> str:
    """Return a value as JSON that cannot end the ``script`` element around it."""
    return json.dumps(value).replace("<", "\\u003c")


def live_page(
    app: FastAPI, history: MetricHistory, ready: Mapping[str, str], status: Mapping[str, str]
) -> str:
    """Return the page with the present state and samples. Its script draws them, and those that ``/live`` sends."""
    is_ready = all(state == "ok" for state in ready.values())
    word = "ready" if is_ready else "not ready"
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in {**ready, **status}.items()
    )
    panels = [
        {"unit": panel.unit, "isError": panel.is_error, "kind": panel.kind, "overlapping": panel.overlapping}
        for panel in history.panels
    ]
    charts = "".join(
        f'<figure class="panel" tabindex="0" aria-label="{escape(panel.title)}"><figcaption>{escape(panel.title)}'
        f' <output></output></figcaption><svg viewBox="0 0 320 96" preserveAspectRatio="none" aria-hidden="true"></svg>'
        f'<ul class="legend"></ul></figure>'
        for panel in history.panels
    )
    body = (
        f'<header><h1>{escape(app.title)} <b id="state" class="{"ok" if is_ready else "bad"}">{word}</b></h1>'
        f'<p class="dim">{escape(app.summary or "")} Version {escape(app.version)}.</p></header>'
        f'<section class="panels" aria-label="Charts of the last half hour">{charts}</section>'
        f'<p class="dim" id="since" role="status">waiting for the first sample …</p>'
        f'<h2>State</h2><dl id="facts">{facts}</dl><h2>Pages</h2><p><a href="/docs">/docs</a> every route and field · '
        f'<a href="/openapi.json">/openapi.json</a> · <a href="/metrics">/metrics</a> for Prometheus · '
        f'<a href="/readyz">/readyz</a>, <a href="/healthz">/healthz</a> for load balancers · on the command line '
        f"<code>acecoder status URL</code></p><noscript><p>The charts need JavaScript; the numbers are at "
        f"<a href='/metrics'>/metrics</a>.</p></noscript><style>{_STYLE}</style>"
        f"<script>const PANELS = {_in_script(panels)}, SAMPLES = {_in_script(history.samples)};\n{_SCRIPT}</script>"
    )
    return html.page(app.title, body)
