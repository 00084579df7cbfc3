"""Answers ``/`` with an overview, ``/docs`` with every message, and ``/problems/<slug>`` with the page on an error.

``/`` is a page for a browser, and JSON for programs. The ``type`` of an error answer names the error's page. No path
needs a key: they show what is public in the source, and what ``/readyz`` and ``/status`` show. The pages of errors are
those of ``docs/errors``, unchanged; some of their links lead to pages that only the documentation has.
"""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import JSONResponse, PlainTextResponse

from clients.contract import Slug
from services.common import html, reference_page
from services.common.dashboard import page as dashboard
from services.common.dashboard.history import MetricHistory
from services.common.dashboard.page import NOTHING, Extra, States, live_page
from services.common.problem_error import ProblemError
from services.common.replies import PROBLEM_PAGES

_INSTALLED = Path(__file__).parent / "errors"
"""The folder of the pages in a wheel (``sources`` in ``pyproject.toml``)."""
_CHECKOUT = Path(__file__).parents[2] / "docs" / "errors"
"""The folder of the pages in a checkout."""


def install(
    app: FastAPI, history: MetricHistory, *, ready: States, status: States, extra: Extra = NOTHING
) -> None:
    """Answer ``/``, ``/live``, ``/docs`` and ``/problems/<slug>``.

    ``ready`` returns the state of each dependency, ``ok`` or what is wrong; ``status`` what else a person wants to see.
    ``extra`` is what the live page has beside charts and state.
    """

    @app.get("/", include_in_schema=False)
    async def overview(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            nonce = html.new_nonce()
            text = live_page(app, history, await ready(), await status(), extra=extra, nonce=nonce)
            return html.respond(text, nonce)
        return JSONResponse(_overview(app))

    dashboard.install(app, history, ready=ready, status=status)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        nonce = html.new_nonce()
        return html.respond(reference_page.render(app.openapi(), nonce), nonce)

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


def page_of(slug: str) -> str:
    """Return the page on one kind of error, in Markdown.

    Raises:
        ProblemError: ``not-found``: there is no error kind with this slug.
    """
    if slug not in Slug._value2member_map_:
        raise ProblemError(Slug.NOT_FOUND, f"there is no error kind {slug[:60]!r}")
    folder = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return (folder / f"{Slug(slug)}.md").read_text(encoding="utf-8")
