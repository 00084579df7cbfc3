"""Renders the live page of a service, and serves its samples as server-sent events at ``/live``.

The page needs no build step and no library, and loads nothing from another address: it works without the internet.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from clients.contract import Slug
from services.common import html
from services.common.dashboard.history import MetricHistory
from services.common.dashboard.panels import Panel
from services.common.dashboard.store import RESOLUTIONS
from services.common.problem_error import ProblemError
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


@dataclass(frozen=True, slots=True)
class Extra:
    """What the live page of one service has beside charts and state. It is the service's own text, not escaped."""

    html: str = ""
    style: str = ""
    script: str = ""
    """Runs after the script of the charts; its names must differ from that script's."""


NOTHING = Extra()


def install(app: FastAPI, history: MetricHistory, *, ready: States, status: States) -> None:
    """Add the routes ``/live`` and ``/history``.

    ``/live`` sends all samples that are kept, then each new one when it is taken. Beyond ``MAX_STREAMS`` streams it
    answers 429. ``/history`` answers what the store has, if there is one.
    """
    _add_stored(app, history)
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


def _add_stored(app: FastAPI, history: MetricHistory) -> None:
    resolutions = {resolution.name: resolution for resolution in RESOLUTIONS} if history.store else {}

    @app.get("/history", include_in_schema=False)
    async def stored(request: Request) -> Response:
        resolution = resolutions.get(request.query_params.get("span", ""))
        if resolution is None:
            names = " or ".join(f"?span={name}" for name in resolutions)
            detail = f"Ask for {names}." if names else "This service keeps no history but that of /live."
            return problem_response(request, ProblemError(Slug.NOT_FOUND, detail))
        try:
            samples = await history.read_stored(resolution)
        except Exception:  # noqa: BLE001 - whatever the store raises while it is away
            return JSONResponse(
                {"samples": [], "error": "the history cannot be read: its store does not answer"}
            )
        return JSONResponse({"samples": samples, "error": ""})


def _span_buttons(history: MetricHistory) -> str:
    names = ["live", *(resolution.name for resolution in RESOLUTIONS)] if history.store else []
    buttons = "".join(
        f'<button value="{name}" aria-pressed="{str(name == "live").lower()}">{name}</button>'
        for name in names
    )
    return f'<div id="spans" role="group" aria-label="Time that the charts show">{buttons}</div>'


def _span_texts(history: MetricHistory) -> dict[str, str]:
    """Return what the page says below the charts, by stored span."""
    if not history.store:
        return {}
    return {
        resolution.name: f"the last {resolution.name}: a point every {resolution.bucket_s} s, of all API processes, "
        "also of those that have ended"
        for resolution in RESOLUTIONS
    }


def _charts(panels: Sequence[Panel]) -> str:
    """Return the figures, in sections by group. Their order is that of the panels, which the script relies on."""
    sections = []
    for group, members in groupby(panels, key=lambda panel: panel.group):
        figures = "".join(_figure(panel) for panel in members)
        title = f"<h2>{escape(group)}</h2>" if group else ""
        label = f"Charts: {escape(group)}" if group else "Charts"
        sections.append(f'{title}<section class="panels" aria-label="{label}">{figures}</section>')
    return "".join(sections)


def _constants(history: MetricHistory) -> str:
    """Return the constants that the script begins with."""
    panels = [
        {
            "unit": panel.unit,
            "isError": panel.is_error,
            "kind": panel.kind,
            "overlapping": panel.overlapping,
            "alarmAbove": panel.alarm_above,
            "hint": panel.hint,
        }
        for panel in history.panels
    ]
    data = {"PANELS": panels, "SAMPLES": history.samples, "SPANS": _span_texts(history)}
    return "".join(f"const {name} = {_in_script(value)};\n" for name, value in data.items())


def _figure(panel: Panel) -> str:
    title = escape(panel.title)
    hint = f' title="{escape(panel.hint)}"' if panel.hint else ""
    return (
        f'<figure class="panel" tabindex="0" aria-label="{title}"{hint}><figcaption>{title} <output></output>'
        '</figcaption><div class="chart"><svg viewBox="0 0 320 96" preserveAspectRatio="none" aria-hidden="true">'
        '</svg><p class="hint"></p></div><ul class="legend"></ul></figure>'
    )


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _in_script(value: object) -> str:
    """Return a value as JSON that cannot end the ``script`` element around it."""
    return json.dumps(value).replace("<", "\\u003c")


def live_page(
    app: FastAPI,
    history: MetricHistory,
    ready: Mapping[str, str],
    status: Mapping[str, str],
    *,
    extra: Extra = NOTHING,
    nonce: str = "",
) -> str:
    """Return the page with the present state and samples. Its script draws them, and those that ``/live`` sends.

    ``nonce`` is that of the response (``html.respond``).
    """
    is_ready = all(state == "ok" for state in ready.values())
    word = "ready" if is_ready else "not ready"
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in {**ready, **status}.items()
    )
    body = (
        f'<header><h1>{escape(app.title)} <b id="state" class="{"ok" if is_ready else "bad"}">{word}</b></h1>'
        f'<p class="dim">{escape(app.summary or "")} Version {escape(app.version)}.</p></header>'
        f"{_span_buttons(history)}{_charts(history.panels)}"
        f'<p class="dim" id="since" role="status">waiting for the first sample …</p>'
        f'{extra.html}<h2>State</h2><dl id="facts">{facts}</dl><h2>Pages</h2>'
        f'<p><a href="/docs">/docs</a> every route and field · '
        f'<a href="/openapi.json">/openapi.json</a> · <a href="/metrics">/metrics</a> for Prometheus · '
        f'<a href="/readyz">/readyz</a>, <a href="/healthz">/healthz</a> for load balancers · on the command line '
        f"<code>acecoder status URL</code></p><noscript><p>The charts need JavaScript; the numbers are at "
        f"<a href='/metrics'>/metrics</a>.</p></noscript><style nonce='{nonce}'>{_STYLE}{extra.style}</style>"
        f"<script nonce='{nonce}'>{_constants(history)}{_SCRIPT}\n{extra.script}</script>"
    )
    return html.page(app.title, body, nonce=nonce)
