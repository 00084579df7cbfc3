"""Answers ``/`` with an overview, ``/docs`` with every message, and ``/problems/<slug>`` with the page on an error.

``/`` is a page for a browser, and JSON for programs. The ``type`` of an error answer names the error's page. No path
needs a key: they show what is public in the source, and what ``/readyz`` and ``/status`` show.
The pages are those of ``docs/errors``, unchanged; some of their links lead to pages that only the documentation has.
"""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from clients.contract import Slug
from services.common import html, reference_page
from services.common.problem_error import ProblemError
from services.common.replies import PROBLEM_PAGES

States = Callable[[], Awaitable[Mapping[str, str]]]
"""Returns names with texts."""
_REFRESH_S = 10  # of the page for a browser: a person sees a worker come and go
_INSTALLED = Path(__file__).parent / "errors"
"""The folder of the pages in a wheel (``sources`` in ``pyproject.toml``)."""
_CHECKOUT = Path(__file__).parents[2] / "docs" / "errors"
"""The folder of the pages in a checkout."""


def install(app: FastAPI, *, ready: States, status: States) -> None:
    """Answer ``/``, ``/docs`` and ``/problems/<slug>``.

    ``ready`` returns the state of each dependency, ``ok`` or what is wrong; ``status`` what else a person wants to see.
    """

    @app.get("/", include_in_schema=False)
    async def overview(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_overview_page(app, await ready(), await status()))
        return JSONResponse(_overview(app))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(reference_page.render(app.openapi()))

    @app.get(PROBLEM_PAGES + "{slug}", include_in_schema=False)
    async def error_page(slug: str) -> PlainTextResponse:
        return PlainTextResponse(page_of(slug))


def _overview(app: FastAPI) -> dict[str, str]:
    return {
        "service": app.title,
        "summary": app.summary or "",
        "version": app.version,
        "docs": "/docs",
        "openapi": "/openapi.json",
        "health": "/healthz",
        "ready": "/readyz",
        "metrics": "/metrics",
    }


def _overview_page(app: FastAPI, ready: Mapping[str, str], status: Mapping[str, str]) -> str:
    is_ready = all(state == "ok" for state in ready.values())
    word = '<b class="ok">ready</b>' if is_ready else '<b class="bad">not ready</b>'
    states = [
        (escape(name), f'<span class="{"ok" if state == "ok" else "bad"}">{escape(state)}</span>')
        for name, state in ready.items()
    ]
    facts = [(escape(name), escape(value)) for name, value in status.items()]
    links = [
        ('<a href="/docs">/docs</a>', "every route and every field of every message"),
        ('<a href="/openapi.json">/openapi.json</a>', "the same for programs"),
        ('<a href="/metrics">/metrics</a>', "for Prometheus"),
        ('<a href="/readyz">/readyz</a>, <a href="/healthz">/healthz</a>', "for load balancers"),
    ]
    return html.page(
        app.title,
        f"<h1>{escape(app.title)}</h1><p>{escape(app.summary or '')} "
        f'<span class="dim">Version {escape(app.version)}.</span></p><h2>State: {word}</h2>'
        f"{html.table([*states, *facts])}<h2>Pages</h2>{html.table(links)}"
        f'<p class="dim">On the command line: <code>acecoder status URL</code>. '
        f"This page loads itself again every {_REFRESH_S} s.</p>",
        refresh_s=_REFRESH_S,
    )


def page_of(slug: str) -> str:
    """Return the page on one kind of error, in Markdown.

    Raises:
        ProblemError: ``not-found``: there is no error kind with this slug.
    """
    if slug not in Slug._value2member_map_:
        raise ProblemError(Slug.NOT_FOUND, f"there is no error kind {slug[:60]!r}")
    folder = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return (folder / f"{Slug(slug)}.md").read_text(encoding="utf-8")
