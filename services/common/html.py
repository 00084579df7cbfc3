"""Builds the HTML of a service's pages: one frame, nothing loaded from another address, and a strict policy.

Text from outside is escaped by the caller with ``html.escape``. The policy (Content-Security-Policy) is the second
defence: a browser runs only scripts and styles that carry the nonce of the response, and sends requests to this service
alone. So a program that is shown cannot act, even if it were shown without escaping.
"""

import secrets
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #666; --ok: #1a7f37; --bad: #c62828; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0 0 .3rem; font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: 1.5rem 0 .3rem; font-size: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } td:first-child { overflow-wrap: normal; }
code, pre { font: .9em ui-monospace, monospace; } pre { overflow-x: auto; }
@media (prefers-color-scheme: dark) { :root { --dim: #a0a0a0; --ok: #4cc26b; --bad: #ff7b72; } }
.dim { color: var(--dim); } .ok { color: var(--ok); } .bad { color: var(--bad); }
.method { display: inline-block; min-width: 4.5em; font-weight: 600; }
.stacked td:first-child { white-space: nowrap; }
@media (max-width: 30rem) {
  body { padding: .6rem; font-size: 15px; } th, td { padding-right: .5rem; }
  .stacked tr, .stacked td { display: block; border: 0; padding: 0; }
  .stacked tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
}
"""


def new_nonce() -> str:
    """Return the nonce of one response: the scripts and styles of the page carry it, and no other text can know it."""
    return secrets.token_urlsafe(16)


def page(title: str, body: str, *, nonce: str = "") -> str:
    """Return a whole page; ``nonce`` is that of the response, if it has one (``respond``)."""
    mark = f' nonce="{nonce}"' if nonce else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style{mark}>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def respond(text: str, nonce: str) -> HTMLResponse:
    """Return the response with a page whose scripts and styles carry a nonce.

    No referrer is sent: the address of a page may have a key in it (``/t/KEY/``).
    """
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return HTMLResponse(text, headers=headers)


def table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    """Return a table of cells that are HTML already."""
    top = "<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>" if head else ""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>{top}{lines}</table></div>'
