"""Answers ``/`` with an overview of the service, and ``/problems/<slug>`` with the page on one kind of error.

The ``type`` of an error answer names that page. Neither path needs a key: both show only what is public in the source.
The pages are those of ``docs/errors``, unchanged; some of their links lead to pages that only the documentation has.
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from clients.contract import Slug
from services.common.problem_error import ProblemError
from services.common.replies import PROBLEM_PAGES

_INSTALLED = Path(__file__).parent / "errors"
"""The folder of the pages in a wheel (``sources`` in ``pyproject.toml``)."""
_CHECKOUT = Path(__file__).parents[2] / "docs" / "errors"
"""The folder of the pages in a checkout."""


def install(app: FastAPI) -> None:
    """Answer ``/`` and ``/problems/<slug>``."""

    @app.get("/", include_in_schema=False)
    async def overview() -> dict[str, str]:
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

    @app.get(PROBLEM_PAGES + "{slug}", include_in_schema=False)
    async def error_page(slug: str) -> PlainTextResponse:
        return PlainTextResponse(page_of(slug))


def page_of(slug: str) -> str:
    """Return the page on one kind of error, in Markdown.

    Raises:
        ProblemError: ``not-found``: there is no error kind with this slug.
    """
    if slug not in Slug._value2member_map_:
        raise ProblemError(Slug.NOT_FOUND, f"there is no error kind {slug[:60]!r}")
    folder = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return (folder / f"{Slug(slug)}.md").read_text(encoding="utf-8")
