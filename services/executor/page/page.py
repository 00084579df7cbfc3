"""Serves the executor's own parts of the live page: runs and recent executions of a key, and ``/execution``.

The pages themselves hold no data and need no key. Their scripts read ``/v1/runs`` and ``/v1/executions`` with the key
that a person enters, or with the one in the path (``/t/KEY/``), and write what programs contain as text only. The
policy of the pages (``services.common.html``) forbids every script that is not theirs.
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

from services.common import html
from services.common.dashboard.page import Extra

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_KEY, _LISTS, _EXECUTION = (
    (_HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("key", "lists", "execution")
)
_KEY_FORM = (
    '<form id="key" hidden><p>Runs and executions are shown to the holder of their API key; the key stays in this tab.'
    "</p>"
    '<label>API key <input type="password" autocomplete="off" required></label> <button>show</button> '
    '<span class="bad" role="alert"></span></form>'
)
_FORGET = '<button id="forget" hidden>forget the key</button>'


def _table(name: str, title: str, head: tuple[str, ...]) -> str:
    cells = "".join(f'<th scope="col">{text}</th>' for text in head)
    return (
        f'<section><h2>{title}</h2><p id="{name}-empty" class="dim"></p><div class="wide">'
        f'<table id="{name}" hidden><thead><tr>{cells}</tr></thead><tbody></tbody></table></div></section>'
    )


def extra() -> Extra:
    """Return what the live page of the executor has below its charts."""
    tables = (
        _table(
            "runs",
            "Runs in progress",
            ("run", "requests", "candidates", "answered", "waiting", "age", "judged at once", "cancel"),
        ),
        _table("failures", "Last failures", ("outcome", "program", "suite", "message", "ended")),
        _table("suites", "Slowest suites", ("suite", "mean of a program", "programs")),
        _table(
            "executions",
            "Recent executions",
            ("execution", "ended", "run", "candidates", "passed", "failed", "no verdict", "took"),
        ),
    )
    body = (
        f'{_KEY_FORM}<p id="own-error" class="bad" role="alert"></p><div id="own" hidden>{"".join(tables)}'
        f"<p>{_FORGET}</p></div>"
    )
    return Extra(html=body, style=_STYLE, script=f"{_KEY}\n{_LISTS}")


def install(app: FastAPI) -> None:
    """Answer ``/execution``, the page that shows the execution whose id is behind the ``#`` of its address."""

    @app.get("/execution", include_in_schema=False)
    async def execution() -> Response:
        nonce = html.new_nonce()
        body = (
            f'<p><a href="./">Overview</a></p>{_KEY_FORM}<main id="execution"><p class="dim">reading …</p></main>'
            f"<p>{_FORGET}</p><noscript><p>This page needs JavaScript; the data are at "
            f"<code>/v1/executions/ID</code>.</p></noscript>"
            f'<style nonce="{nonce}">{_STYLE}</style><script nonce="{nonce}">{_EXECUTION_SCRIPT}</script>'
        )
        return html.respond(html.page("Execution", body, nonce=nonce), nonce)


_EXECUTION_SCRIPT = f"{_KEY}\n{_EXECUTION}"
