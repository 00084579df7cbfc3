"""Writes an evaluation as one HTML page: the plot, the numbers, and each problem's programs, outcomes and picks.

Needs the extra ``report``. Programs, prompts and messages are hostile text: the template escapes all of it, the
page has no script and its policy allows none, and invisible or direction-changing characters are shown as escapes.

Not promised: every sample. The page shows the first samples of a problem and its picks; ``samples.jsonl`` has all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import jinja2
from markupsafe import Markup

from clients.contract import Outcome
from clients.evaluation.curves import AnsweredProblem, Curve, Selector, pick, steps_of_n
from clients.evaluation.escapes import plain
from clients.evaluation.estimators import Estimate
from clients.evaluation.matrix_view import MatrixView, matrix_view
from clients.evaluation.plot import plot_svg
from clients.selection.rules import has_verdict

MAX_SAMPLES = 20
"""Samples of a problem on the page: a few screens of programs; a hundred for each of 164 problems would be 20 MB."""
_MAX_FAILURES = 3
"""Failed tests of a sample that are described: the first says most."""
_MAX_CHARS = 8000
"""Characters of a program on the page: the longest right answers of the usual data sets have a quarter of it."""
_KINDS = {True: "right", False: "wrong", None: "none"}
"""The colour of a sample, by whether it is right."""
_MARKS = {Outcome.PASSED: "✓", Outcome.NOT_RUN: "·", Outcome.INVALID_TEST: "–"}


@dataclass(frozen=True, slots=True)
class _SampleView:
    """One sample on the page."""

    at: int
    status: str
    kind: str
    """Its colour: right, wrong or none."""
    rate: str
    outcomes: list[tuple[str, str]]
    """For each test its mark and its text."""
    failures: list[str]
    """The first failed tests, in words; a phone has no pointer to hold over a mark."""
    program: str
    picked_by: list[str]


@dataclass(frozen=True, slots=True)
class _ProblemView:
    """One problem on the page."""

    task: str
    anchor: str
    """Where links lead to it on the page."""
    shade: int
    """0: no sample is right, to 4: all are; 5: none has a verdict."""
    prompt: str
    solved: int
    scorable: int
    samples: list[_SampleView]
    left_out: int
    matrix: MatrixView | None
    """The picture of clusters × tests, if there is more than one test."""
    picks: list[tuple[str, str, str, list[str]]]
    """For each selector: its label, the sample it picks, whether it is right (right, wrong, none), and the reasons."""


def html(
    title: str,
    problems: Sequence[AnsweredProblem],
    selectors: Sequence[Selector],
    curves: Sequence[Curve],
    counts: Mapping[str, int],
    settings: Mapping[str, str] | None = None,
) -> str:
    """Return the page as HTML; ``settings`` are what the run used, by name.

    The same arguments give the same bytes: the page has no date.
    """
    loader = jinja2.FunctionLoader(
        lambda name: resources.files(__package__).joinpath(name).read_text("utf-8")
    )
    page = jinja2.Environment(autoescape=True, loader=loader, undefined=jinja2.StrictUndefined)
    page.filters["plain"] = plain
    most = steps_of_n(problems)[-1] if steps_of_n(problems) else 0
    return page.get_template("report.html").render(
        title=title,
        plot=Markup(plot_svg(curves, selectors[0].label if selectors else "")),  # noqa: S704 - drawn here from numbers and names of rules only
        curves=curves,
        rows=[(point.n, point.share.problems, _cells(curves, point.n)) for point in curves[1].points],
        counts=counts,
        outcomes=_outcome_totals(problems),
        settings=settings or {},
        most=most,
        problems=[_problem_view(at, problem, selectors, most) for at, problem in enumerate(problems)],
    )  # fmt: skip


def _cells(curves: Sequence[Curve], n: int) -> list[tuple[str, str]]:
    """Return the percentage and its interval for each curve."""
    return [_percent(curve.at(n)) for curve in curves]


def _percent(share: Estimate | None) -> tuple[str, str]:
    return (f"{100 * share.mean:.1f}", f"{100 * share.low:.0f}–{100 * share.high:.0f}") if share else ("", "")


def _outcome_totals(problems: Sequence[AnsweredProblem]) -> list[tuple[str, int]]:
    """Return how often each outcome of a test occurred, most frequent first."""
    tests = (test.outcome.value for problem in problems for result in problem.graded for test in result.tests)
    return Counter(tests).most_common()


def _shade(problem: AnsweredProblem) -> int:
    right = [value for value in problem.right if value is not None]
    if not right:
        return 5
    share = sum(right) / len(right)
    return 0 if share == 0 else 4 if share == 1 else 1 + int(share * 3)


def _problem_view(
    number: int, problem: AnsweredProblem, selectors: Sequence[Selector], n: int
) -> _ProblemView:
    picked: dict[int, list[str]] = {}
    picks = []
    for selector in selectors:
        best = pick(problem, selector, n)
        if best.winner is not None:
            picked.setdefault(best.winner, []).append(selector.label)
        picks.append((selector.label, *_pick_text(problem, best.winner), best.reasons))
    positions = sorted({*picked, *range(min(MAX_SAMPLES, len(problem.programs)))})
    samples = [_sample_view(problem, at, picked.get(at, [])) for at in positions]
    return _ProblemView(
        task=problem.task,
        anchor=f"problem-{number}",
        shade=_shade(problem),
        prompt=_short(problem.prompt),
        solved=sum(right is True for right in problem.right),
        scorable=len(problem.scorable),
        samples=samples,
        left_out=len(problem.programs) - len(positions),
        matrix=view if (view := matrix_view(problem)) and len(view.right_tests) > 1 else None,
        picks=picks,
    )


def _pick_text(problem: AnsweredProblem, winner: int | None) -> tuple[str, str]:
    """Return the pick in words, and its colour."""
    if winner is None:
        return "no sample", "none"
    kind = _KINDS[problem.right[winner]]
    return f"sample {winner}: {'no verdict' if kind == 'none' else kind}", kind


def _sample_view(problem: AnsweredProblem, at: int, picked_by: list[str]) -> _SampleView:
    result, right = problem.graded[at], problem.right[at]
    kind = _KINDS[right]
    return _SampleView(
        at=at,
        status=kind if right is not None else f"unscorable: {result.reason_text}",
        kind=kind,
        rate=f"{result.pass_rate:.3f}" if has_verdict(result) else "unscorable",
        failures=[
            f"test {number}: {test.outcome} {plain(test.message)}".strip()
            for number, test in enumerate(result.tests)
            if test.outcome not in _MARKS
        ][:_MAX_FAILURES],
        outcomes=[
            (_MARKS.get(test.outcome, "✗"), f"test {number}: {test.outcome} {plain(test.message)}".strip())
            for number, test in enumerate(result.tests)
        ],
        program=_short(problem.programs[at]),
        picked_by=picked_by,
    )


def _short(text: str) -> str:
    if len(text) <= _MAX_CHARS:
        return text
    return f"{text[:_MAX_CHARS]}\n[… {len(text) - _MAX_CHARS} more characters, in samples.jsonl]"
