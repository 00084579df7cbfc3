"""Builds the HTML of a service's pages: one frame, no scripts, nothing loaded from another address.

Text from outside is escaped by the caller with ``html.escape``.
"""

from collections.abc import Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --ok: #1a7f37; --bad: #c62828; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0 0 .3rem; font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: 1.5rem 0 .3rem; font-size: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } td:first-child { overflow-wrap: normal; }
code, pre { font: .9em ui-monospace, monospace; } pre { overflow-x: auto; }
.dim { color: var(--dim); } .ok { color: var(--ok); } .bad { color: var(--bad); }
.method { display: inline-block; min-width: 4.5em; font-weight: 600; }
.stacked td:first-child { white-space: nowrap; }
@media (max-width: 30rem) {
  body { padding: .6rem; font-size: 15px; } th, td { padding-right: .5rem; }
  .stacked tr, .stacked td { display: block; border: 0; padding: 0; }
  .stacked tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
}
"""


def page(title: str, body: str, *, refresh_s: int = 0) -> str:
    """Return a whole page; ``refresh_s`` above 0 loads it again so often."""
    refresh = f'<meta http-equiv="refresh" content="{refresh_s}">' if refresh_s else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    """Return a table of cells that are HTML already."""
    top = "<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>" if head else ""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>{top}{lines}</table></div>'
