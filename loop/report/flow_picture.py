"""Draws what flowed through a run as a picture of boxes and arrows, once for wide pages and once for phones. Pure."""

import re
from collections.abc import Mapping

from markupsafe import Markup

from loop.report.flow import MAX_REASONS, Arrow, Drops, Flow, Station
from loop.report.numbers import count, plural
from loop.report.svg import Drawing

_BOX, _GAP, _HEIGHT = 152.0, 58.0, 78.0
_WIDE = 6 * _BOX + 5 * _GAP + 4
_ROWS = (14.0, 150.0, 296.0)
_LINE = 15.0
_PLACES = {
    "seeds": (0, 0), "questions": (1, 0), "filter": (2, 0), "suites": (3, 0), "programs": (4, 0), "pairs": (5, 0),
    "policy": (4, 1), "reward_model": (5, 1), "rl_rule": (3, 2), "rl_model": (4, 2), "best_of_n": (5, 2),
}  # fmt: skip
"""Station → column and row of the wide picture."""
_PHONE, _PHONE_X, _PHONE_BOX, _PHONE_GAP = 372.0, 52.0, 190.0, 40.0
_PHONE_ORDER = (
    "seeds", "questions", "filter", "suites", "policy", "programs", "pairs", "reward_model", "best_of_n", "rl_rule",
    "rl_model",
)  # fmt: skip
_REASON_CHARS = 34
LABEL = (
    "The loop: seeds become questions with imagined tests; a filter keeps tests; suites judge programs of the base "
    "policy; verdicts become pairs; pairs train a reward model, which picks among N programs; suites and the reward "
    "model reward RL"
)


def wide_flow(flow: Flow, style: str = "") -> Markup:
    """Return the picture for pages of 700 pixels and more; with ``style`` it can be a file of its own."""
    drawing = Drawing(_WIDE, _ROWS[2] + _HEIGHT + 10, LABEL, "flow wide-flow")
    if style:
        drawing.rect(0, 0, _WIDE, _ROWS[2] + _HEIGHT + 10, "ground", radius=6)
    boxes = {key: _corner(*place) for key, place in _PLACES.items()}
    for arrow in flow.arrows:
        _wide_arrow(drawing, arrow, boxes)
    _policy_arrows(drawing, flow, boxes)
    for key, (x, y) in boxes.items():
        _station(drawing, flow.stations[key], x, y, _BOX)
    top = _ROWS[1] + 4
    if flow.test_drops:
        x, y = boxes["filter"]
        _head(drawing, f"M{x + _BOX / 2:.0f} {y + _HEIGHT:.0f}V{top - 6:.0f}", "drop")
        _drops(drawing, flow.test_drops, boxes["questions"][0] + 60, top + 10)
    if flow.row_drops:
        x, y = boxes["seeds"]
        _head(drawing, f"M{x + _BOX + _GAP / 2:.0f} {y + _HEIGHT / 2 + 24:.0f}V{top - 6:.0f}", "drop")
        _drops(drawing, flow.row_drops, x, top + 10, chars=30)
    return drawing.svg(style)


def phone_flow(flow: Flow) -> Markup:
    """Return the picture for narrow pages: the stations below each other."""
    places: dict[str, float] = {}
    y = 8.0
    for key in _PHONE_ORDER:
        places[key] = y
        y += _HEIGHT + _PHONE_GAP
        if key == "filter":
            y += sum(_drops_height(drops) for drops in (flow.test_drops, flow.row_drops) if drops)
    drawing = Drawing(_PHONE, y - _PHONE_GAP + 6, LABEL, "flow phone-flow")
    for arrow in flow.arrows:
        _phone_arrow(drawing, arrow, places)
    foot = places["policy"] + _HEIGHT
    _head(
        drawing,
        f"M{_PHONE_X + _PHONE_BOX / 2:.0f} {foot:.0f}V{places['programs'] - 2:.0f}",
        _link(flow, "programs"),
    )
    for key, top in places.items():
        _station(drawing, flow.stations[key], _PHONE_X, top, _PHONE_BOX)
    y = places["filter"] + _HEIGHT + 12
    for drops in (flow.test_drops, flow.row_drops):
        if drops:
            _drops(drawing, drops, _PHONE_X + 12, y + 4)
            y += _drops_height(drops)
    return drawing.svg()


def _corner(column: int, row: int) -> tuple[float, float]:
    return 2 + column * (_BOX + _GAP), _ROWS[row]


def _station(drawing: Drawing, station: Station, x: float, y: float, width: float) -> None:
    drawing.rect(x, y, width, _HEIGHT, "box" if station.is_done else "box missing", radius=7)
    drawing.text(x + 10, y + 20, station.title, "title")
    lines = station.lines if station.is_done else ["not run yet"]
    for position, line in enumerate(lines[:3]):
        drawing.text(x + 10, y + 38 + position * _LINE, line, "" if station.is_done else "soft")


def _head(drawing: Drawing, steps: str, kind: str) -> None:
    """Draw a path that ends downwards (its last command is ``V``), with an arrowhead at its end."""
    drawing.path(steps, kind)
    *_, column, foot = re.findall(r"[\d.]+", steps)
    if "H" not in steps:  # M column start V foot
        column = re.findall(r"[\d.]+", steps)[0]
    drawing.path(f"M{float(column) - 4:.0f} {float(foot) - 6:.0f}l4 6l4 -6", kind)


def _wide_arrow(drawing: Drawing, arrow: Arrow, boxes: Mapping[str, tuple[float, float]]) -> None:
    (x, y), (target_x, target_y) = boxes[arrow.source], boxes[arrow.target]
    kind = "link" if arrow.number is not None else "link missing"
    number = "" if arrow.number is None else count(arrow.number)
    if y == target_y:
        middle = y + _HEIGHT / 2
        drawing.path(f"M{x + _BOX:.0f} {middle:.0f}H{target_x - 2:.0f}", kind)
        drawing.path(f"M{target_x - 8:.0f} {middle - 4:.0f}l6 4l-6 4", kind)
        drawing.text(x + _BOX + _GAP / 2, middle - 7, number, "number", "middle")
        drawing.text(x + _BOX + _GAP / 2, middle + 15, arrow.noun, "soft", "middle")
        return
    middle = (y + _HEIGHT + target_y) / 2
    if x == target_x:
        column = x + (_BOX * 0.35 if arrow.source == "suites" else _BOX / 2)
        _head(drawing, f"M{column:.0f} {y + _HEIGHT:.0f}V{target_y - 2:.0f}", kind)
        drawing.text(column + 8, middle - 1, number, "number")
        drawing.text(column + 8, middle + 13, arrow.noun, "soft")
        return
    column, start = target_x + _BOX * 0.72, x + _BOX * 0.22
    _head(drawing, f"M{start:.0f} {y + _HEIGHT:.0f}V{middle - 6:.0f}H{column:.0f}V{target_y - 2:.0f}", kind)
    drawing.text(start - 8, middle + 9, number, "number", "end")
    drawing.text(start - 8, middle + 23, arrow.noun, "soft", "end")


def _policy_arrows(drawing: Drawing, flow: Flow, boxes: Mapping[str, tuple[float, float]]) -> None:
    """Draw what the base policy is used for: it samples programs, and RL starts from it."""
    x, y = boxes["policy"]
    foot = boxes["programs"][1] + _HEIGHT
    kind = _link(flow, "programs")
    drawing.path(f"M{x + _BOX / 2:.0f} {y:.0f}V{foot + 2:.0f}", kind)
    drawing.path(f"M{x + _BOX / 2 - 4:.0f} {foot + 8:.0f}l4 -6l4 6", kind)
    drawing.text(x + _BOX / 2 + 8, (y + foot) / 2 + 4, "samples", "soft")
    top = boxes["rl_model"][1] - 2
    _head(drawing, f"M{x + _BOX * 0.25:.0f} {y + _HEIGHT:.0f}V{top:.0f}", _link(flow, "rl_model"))
    rule_x, rule_y = boxes["rl_rule"]
    middle = y + _HEIGHT / 2
    steps = f"M{x:.0f} {middle:.0f}H{rule_x + _BOX * 0.8:.0f}V{rule_y - 2:.0f}"
    _head(drawing, steps, _link(flow, "rl_rule"))


def _link(flow: Flow, target: str) -> str:
    return "link" if flow.stations[target].is_done else "link missing"


def _phone_arrow(drawing: Drawing, arrow: Arrow, places: Mapping[str, float]) -> None:
    kind = "link" if arrow.number is not None else "link missing"
    text = "" if arrow.number is None else f"{count(arrow.number)} {arrow.noun}"
    foot, top = places[arrow.source] + _HEIGHT, places[arrow.target]
    if arrow.target in {"rl_rule", "rl_model"}:  # lanes beside the boxes, from a station far above
        is_left = arrow.target == "rl_rule"
        edge = _PHONE_X if is_left else _PHONE_X + _PHONE_BOX
        lane = _PHONE_X - 34 if is_left else _PHONE_X + _PHONE_BOX + 34
        start, end, way = foot - _HEIGHT / 2, top + _HEIGHT / 2, -1 if is_left else 1
        drawing.path(f"M{edge:.0f} {start:.0f}H{lane:.0f}V{end:.0f}H{edge + 2 * way:.0f}", kind)
        drawing.path(f"M{edge + 8 * way:.0f} {end - 4:.0f}l{-6 * way} 4l{6 * way} 4", kind)
        drawing.text(_PHONE_X + 12, top - 10, text, "number")
        return
    if arrow.source == "suites":  # past the box of the base policy
        lane = _PHONE_X + _PHONE_BOX + 18
        start, end = foot - _HEIGHT / 2, top + _HEIGHT / 2
        edge = _PHONE_X + _PHONE_BOX
        drawing.path(f"M{edge:.0f} {start:.0f}H{lane:.0f}V{end:.0f}H{edge + 2:.0f}", kind)
        drawing.path(f"M{edge + 8:.0f} {end - 4:.0f}l-6 4l6 4", kind)
        drawing.text(lane + 7, (start + end) / 2 + 4, text, "number")
        return
    middle = _PHONE_X + _PHONE_BOX / 2 if arrow.source != "filter" else _PHONE_X + 6
    _head(drawing, f"M{middle:.0f} {foot:.0f}V{top - 2:.0f}", kind)
    drawing.text(middle + 10, top - 12 if arrow.source == "filter" else (foot + top) / 2 + 4, text, "number")


def _drops_height(drops: Drops) -> float:
    return (min(len(drops.reasons), MAX_REASONS) + (1 if drops.more else 0) + 1.8) * _LINE


def _drops(drawing: Drawing, drops: Drops, x: float, y: float, *, chars: int = _REASON_CHARS) -> None:
    """Draw reasons with their numbers and a bar each."""
    drawing.text(x, y + 4, drops.title, "drop-title")
    shown = drops.reasons[:MAX_REASONS]
    most = max(number for _, number in shown)
    for position, (reason, number) in enumerate(shown):
        line = y + 4 + (position + 1) * _LINE + 2
        width = 28 * number / most
        drawing.rect(x, line - 8, max(width, 1), 8, "drop-bar")
        text = f"{count(number)} {reason.replace('_', ' ')}"
        drawing.text(x + 34, line, text if len(text) <= chars else f"{text[: chars - 1]}…", "drop-text")
    if drops.more:
        drawing.text(
            x + 34,
            y + 4 + (len(shown) + 1) * _LINE + 2,
            f"and {plural(drops.more, 'more reason')}",
            "drop-text",
        )
