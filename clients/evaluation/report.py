"""An evaluation as one HTML file: the plot, the numbers, and per problem its programs, outcomes and picks.

Needs the extra ``report``. Programs, prompts and messages are hostile text: the template escapes all of it, the
page holds no script and its policy allows none, and characters that change how text reads are spelt out.

Not promised: every sample. A problem shows some, its picks among them; ``samples.jsonl`` has all.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import jinja2
from markupsafe import Markup

from clients.contract import Outcome
from clients.evaluation.curves import AnsweredProblem, Curve, Selector, pick, steps_of_n
from clients.evaluation.estimators import Estimate
from clients.evaluation.plot import plot_svg
from clients.selection.rules import has_verdict

SHOWN = 20
"""Samples of a problem on the page: a few screens of programs; a hundred of each of 164 would be 20 MB."""
_LONGEST = 8000
"""Characters of a program: the longest right answers of the usual data sets have a quarter of it."""
_READS_OTHERWISE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, overrides of direction, halves of pairs."""
_MARKS = {Outcome.PASSED: "✓", Outcome.NOT_RUN: "·", Outcome.INVALID_TEST: "–"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """One sample on the page."""

    at: int
    status: str
    kind: str
    """Its colour: right, wrong or none."""
    rate: str
    outcomes: list[tuple[str, str]]
    """Per test its mark and what is said of it."""
    program: str
    picked_by: list[str]


@dataclass(frozen=True, slots=True)
class _Problem:
    task: str
    prompt: str
    solved: int
    scorable: int
    samples: list[_Shown]
    left_out: int
    picks: list[tuple[str, str, list[str]]]
    """Per selector its label, which sample it picks and whether that is right, and the reasons."""


def html(
    title: str,
    problems: Sequence[AnsweredProblem],
    selectors: Sequence[Selector],
    curves: Sequence[Curve],
    counts: Mapping[str, int],
) -> str:
    """Return the page."""
    loader = jinja2.FunctionLoader(
        lambda name: resources.files("clients.evaluation").joinpath(name).read_text("utf-8")
    )
    page = jinja2.Environment(autoescape=True, loader=loader, undefined=jinja2.StrictUndefined)
    page.filters["plain"] = plain
    most = steps_of_n(problems)[-1] if steps_of_n(problems) else 0
    return page.get_template("report.html").render(
        title=title,
        plot=Markup(plot_svg(curves)),  # noqa: S704 - drawn here from numbers and names of rules
        curves=curves,
        rows=[[str(point.n), str(point.share.problems), *_cells(curves, point.n)] for point in curves[1].points],
        counts=counts,
        most=most,
        problems=[_problem(problem, selectors, most) for problem in problems],
    )  # fmt: skip


def plain(text: str) -> str:
    """Spell out characters that are not seen, or that change how others are."""
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in _READS_OTHERWISE
        else f"\\u{{{ord(char):x}}}"
        for char in text
    )


def _cells(curves: Sequence[Curve], n: int) -> list[str]:
    return [_percent(curve.at(n)) for curve in curves]


def _percent(share: Estimate | None) -> str:
    return f"{100 * share.mean:.1f} ({100 * share.low:.1f}–{100 * share.high:.1f})" if share else ""


def _problem(problem: AnsweredProblem, selectors: Sequence[Selector], n: int) -> _Problem:
    picked: dict[int, list[str]] = {}
    picks = []
    for selector in selectors:
        best = pick(problem, selector, n)
        if best.winner is not None:
            picked.setdefault(best.winner, []).append(selector.label)
        picks.append((selector.label, _told(problem, best.winner), best.reasons))
    seen = sorted({*picked, *range(min(SHOWN, len(problem.programs)))})
    samples = [_shown(problem, at, picked.get(at, [])) for at in seen]
    return _Problem(
        task=problem.task,
        prompt=_short(problem.prompt),
        solved=sum(right is True for right in problem.right),
        scorable=len(problem.scorable),
        samples=samples,
        left_out=len(problem.programs) - len(seen),
        picks=picks,
    )


def _told(problem: AnsweredProblem, winner: int | None) -> str:
    if winner is None:
        return "no sample could be placed"
    word = {True: "right", False: "wrong", None: "no verdict"}[problem.right[winner]]
    return f"sample {winner}: {word}"


def _shown(problem: AnsweredProblem, at: int, picked_by: list[str]) -> _Shown:
    result, right = problem.graded[at], problem.right[at]
    kind = {True: "right", False: "wrong", None: "none"}[right]
    return _Shown(
        at=at,
        status=kind if right is not None else f"unscorable: {result.reason_text}",
        kind=kind,
        rate=f"{result.pass_rate:.3f}" if has_verdict(result) else "unscorable",
        outcomes=[
            (_MARKS.get(test.outcome, "✗"), f"test {number}: {test.outcome} {plain(test.message)}".strip())
            for number, test in enumerate(result.tests)
        ],
        program=_short(problem.programs[at]),
        picked_by=picked_by,
    )


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n[… {len(text) - _LONGEST} more characters, in samples.jsonl]"
