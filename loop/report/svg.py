"""Collects the shapes of one SVG picture. Texts are escaped; colours are classes of ``page.css``."""

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from clients.evaluation.escapes import plain


class Drawing:
    """A picture of a fixed number of units; the page scales it to its column."""

    def __init__(self, width: float, height: float, label: str, kind: str = "chart") -> None:
        """``label`` says what the picture shows, to readers who do not see it."""
        self._size = (width, height)
        self._label = label
        self._kind = kind
        self._shapes: list[str] = []

    def text(self, x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> None:
        """Add a line of text."""
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}"{_class(kind)}{at}>{escape(plain(content))}</text>'
        )

    def path(self, steps: str, kind: str, title: str = "") -> None:
        """Add a path; ``steps`` is the value of its attribute ``d``."""
        self._shapes.append(f'<path d="{steps}"{_class(kind)}{_titled("path", title)}')

    def polyline(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Add straight lines through points."""
        self.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), kind)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str,
        *,
        title: str = "",
        radius: float = 0,
    ) -> None:
        """Add a rectangle."""
        corner = f' rx="{radius:g}"' if radius else ""
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"{corner}'
            f"{_class(kind)}{_titled('rect', title)}"
        )

    def circle(self, x: float, y: float, radius: float, kind: str, title: str = "") -> None:
        """Add a circle."""
        self._shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{_class(kind)}{_titled("circle", title)}'
        )

    def svg(self, style: str = "") -> Markup:
        """Return the picture; with ``style`` it can be a file of its own."""
        width, height = self._size
        inner = "\n".join(self._shapes)
        sheet = f"<style>{style}</style>" if style else ""
        return Markup(  # noqa: S704 - every text in it is escaped above
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{self._kind}" role="img" '
            f'viewBox="0 0 {width:g} {height:g}" aria-label="{escape(plain(self._label))}">{sheet}\n{inner}\n</svg>'
        )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _titled(tag: str, title: str) -> str:
    """Return the end of an element, with a tooltip if there is one."""
    return f"><title>{escape(plain(title))}</title></{tag}>" if title else "/>"
