"""Draws line charts of shares with their intervals: over steps of a training, or over N on a logarithmic axis. Pure."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log2, log10

from markupsafe import Markup

from clients.evaluation.labels import spread_labels
from loop.report.svg import Drawing

WIDTH = 380
"""Units of the width: a phone of 400 pixels shows a unit as about one pixel, so text of 11 units can be read."""
_ROW = 13
"""Height of a row of a label; its letters have 11."""
_LABEL_CHARS = 16
_LEFT, _TOP, _BOTTOM = 34, 10, 34
_LETTER = 6.9
"""Width of a letter of the labels, on average; the room right of the axis is measured by it."""


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One point of a line."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    title: str = ""
    """Text of its tooltip."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line, with its name at its end."""

    label: str
    points: Sequence[ChartPoint]
    color: int
    """Number of the colour, 0 to 7."""
    is_dashed: bool = False
    has_band: bool = False
    """Whether the intervals are an area; otherwise they are bars at the points, if ``has_bars``."""
    has_bars: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A value that does not depend on x: a dashed line, with its interval as an area."""

    label: str
    y: float
    low: float | None
    high: float | None
    color: int


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes show."""

    x_label: str
    x_ticks: Sequence[float]
    is_log2: bool = False
    is_percent: bool = True
    width: float = WIDTH
    height: float = 250
    y_from_zero: bool = True
    y_most: float | None = None
    """Highest value of the axis at most; 1 for shares."""


@dataclass(slots=True)
class _Frame:
    """Where values lie in the drawing."""

    axes: Axes
    right: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    height: float = field(init=False)

    def __post_init__(self) -> None:
        self.height = self.axes.height

    @property
    def floor(self) -> float:
        return self.height - _BOTTOM

    def x(self, value: float) -> float:
        at = log2(value) if self.axes.is_log2 else value
        low, high = self.x_range
        share = 0.5 if high == low else (at - low) / (high - low)
        return _LEFT + 6 + share * (self.right - _LEFT - 12)

    def y(self, value: float) -> float:
        low, high = self.y_range
        share = (min(max(value, low), high) - low) / (high - low)
        return self.floor - share * (self.floor - _TOP)


def line_chart(
    label: str, lines: Sequence[ChartLine], axes: Axes, levels: Sequence[Level] = (), *, is_named: bool = True
) -> Markup:
    """Return the chart; without ``is_named`` the lines have no names, because a legend has them."""
    names = [line.label for line in lines if line.points] + [level.label for level in levels]
    rows = [row for name in names for row in _rows(name)] if is_named else []
    longest = max(map(len, rows), default=0)
    right = axes.width - (12 + longest * _LETTER if longest else 8)
    frame = _Frame(axes, right, _x_range(lines, axes), _y_range(lines, levels, axes))
    drawing = Drawing(axes.width, axes.height, label)
    _draw_axes(drawing, frame)
    for level in levels:
        _draw_level(drawing, frame, level)
    for position, line in enumerate(lines):
        _draw_line(drawing, frame, line, 3.0 * (position - (len(lines) - 1) / 2))
    if is_named:
        _name(drawing, frame, lines, levels)
    return drawing.svg()


def tick_values(low: float, high: float, most: int = 5) -> list[float]:
    """Return round values within a range, at most about ``most``."""
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first = ceil(low / step - 1e-9)
    return [round(at * step, 10) for at in range(first, floor(high / step + 1e-9) + 1)]


def _x_range(lines: Sequence[ChartLine], axes: Axes) -> tuple[float, float]:
    values = [point.x for line in lines for point in line.points] + list(axes.x_ticks)
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    return (log2(low), log2(high)) if axes.is_log2 else (low, high)


def _y_range(lines: Sequence[ChartLine], levels: Sequence[Level], axes: Axes) -> tuple[float, float]:
    drawn: list[ChartPoint | Level] = [*levels, *(point for line in lines for point in line.points)]
    values = [value for one in drawn for value in (one.y, one.low, one.high) if value is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = min(low, 0.0) if axes.y_from_zero else low
    if high == low:
        high = low + (abs(low) or 1.0)
    ticks = tick_values(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    top = ceil(high / step - 1e-9) * step
    if axes.y_most is not None:
        top = min(max(top, high), axes.y_most)
    return floor(low / step + 1e-9) * step, top


def _draw_axes(drawing: Drawing, frame: _Frame) -> None:
    for value in tick_values(*frame.y_range):
        y = frame.y(value)
        drawing.path(f"M{_LEFT} {y:.1f}H{frame.right:.1f}", "grid")
        drawing.text(_LEFT - 5, y + 4, _tick(value, frame.axes), "tick", "end")
    for value in frame.axes.x_ticks:
        drawing.text(frame.x(value), frame.floor + 14, f"{value:g}", "tick", "middle")
    drawing.text((_LEFT + frame.right) / 2, frame.height - 4, frame.axes.x_label, "tick", "middle")


def _tick(value: float, axes: Axes) -> str:
    if axes.is_percent:
        return f"{100 * value:g}".replace("-", "−")
    return f"{value:,g}".replace("-", "−")


def _draw_level(drawing: Drawing, frame: _Frame, level: Level) -> None:
    if level.low is not None and level.high is not None:
        top, foot = frame.y(level.high), frame.y(level.low)
        drawing.rect(_LEFT, top, frame.right - _LEFT, foot - top, f"area c{level.color}")
    y = frame.y(level.y)
    drawing.path(f"M{_LEFT} {y:.1f}H{frame.right:.1f}", f"curve dashed c{level.color}", level.label)


def _draw_line(drawing: Drawing, frame: _Frame, line: ChartLine, shift: float) -> None:
    """Draw a line; bars of several lines at one x are shifted, so that none covers another."""
    if not line.points:
        return
    color = f"c{line.color}"
    whole = [point for point in line.points if point.low is not None and point.high is not None]
    if line.has_band and len(whole) > 1:
        upper = [(frame.x(point.x), frame.y(point.high or 0)) for point in whole]
        lower = [(frame.x(point.x), frame.y(point.low or 0)) for point in reversed(whole)]
        drawing.polyline([*upper, *lower], f"area {color}")
    elif line.has_bars or line.has_band:
        for point in whole:
            x = frame.x(point.x) + shift
            drawing.path(
                f"M{x:.1f} {frame.y(point.low or 0):.1f}V{frame.y(point.high or 0):.1f}", f"bar {color}"
            )
    else:
        shift = 0.0
    shift = 0.0 if line.has_band else shift
    places = [(frame.x(point.x) + shift, frame.y(point.y)) for point in line.points]
    drawing.polyline(places, f"curve {'dashed ' if line.is_dashed else ''}{color}")
    if len(places) <= 12:  # more would hide the line
        for (x, y), point in zip(places, line.points, strict=True):
            drawing.circle(x, y, 2.6, f"dot {color}", point.title)


def _name(drawing: Drawing, frame: _Frame, lines: Sequence[ChartLine], levels: Sequence[Level]) -> None:
    """Write the names beside the ends of the lines, none over another."""
    ends = [(frame.y(line.points[-1].y), line.label, line.color) for line in lines if line.points]
    ends += [(frame.y(level.y), level.label, level.color) for level in levels]
    ends.sort(key=lambda end: -end[0])
    span = frame.floor - _TOP
    labels = [_rows(label) for _, label, _ in ends]
    sizes = [len(rows) * _ROW / span for rows in labels]
    heights = spread_labels([(frame.floor - y) / span for y, _, _ in ends], sizes)
    for (_, _, color), rows, height in zip(ends, labels, heights, strict=True):
        top = frame.floor - height * span - (len(rows) - 1) * _ROW / 2
        for position, row in enumerate(rows):
            drawing.text(frame.right + 6, top + position * _ROW + 4, row, f"name c{color}")


def _rows(label: str) -> list[str]:
    """Return a label in rows that leave the lines their room."""
    return textwrap.wrap(label, _LABEL_CHARS) or [label]
