"""Measures best-of-N by the trained model on held-out questions, beside a random one, the first and the upper bound.

The answers are those of a run of ``acecoder execute``, or, without one, those of the held-out pairs, whose rows hold
their pass rates. The latter are not a sample of a policy's answers: the rule that made the pairs selected them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from clients.evaluation.curves import AVERAGE, GREEDY, ORACLE, Curve, Point
from clients.evaluation.estimators import Estimate, best_of_n_value, bootstrap, pass_at_k
from services.rm.training.examples import TrainingExample
from services.rm.training.measures import FEWEST_QUESTIONS

MODEL = "reward model"


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """The answers to one question: their pass rates by the tests, and their scores by the model."""

    question: str
    rates: Sequence[float]
    """Pass rates of the answers that have a verdict."""
    scores: Sequence[float | None]
    """``None``: the model cannot score the answer."""

    @property
    def right(self) -> list[float]:
        """1 for an answer that passes every test, else 0."""
        return [float(rate == 1.0) for rate in self.rates]


def scored_pairs(
    examples: Sequence[TrainingExample], scores: Sequence[Sequence[float]]
) -> list[ScoredQuestion]:
    """Return the answers of pairs, for the questions where every pass rate is known."""
    return [
        ScoredQuestion(example.question, rates, example_scores)
        for example, example_scores in zip(examples, scores, strict=True)
        for rates in [[rate for rate in example.rates if rate is not None]]
        if len(rates) == len(example_scores)
    ]


def curves(questions: Sequence[ScoredQuestion], *, sampled: bool) -> list[Curve]:
    """Return the share of questions solved at N = 1, 2, 4 …; ``sampled`` answers are in the order they were drawn."""

    def curve(label: str, value: Callable[[ScoredQuestion, int], float]) -> Curve:
        points = [
            Point(n, bootstrap([value(question, n) for question in questions if len(question.rates) >= n]))
            for n in values_of_n(questions)
        ]
        return Curve(label, label == ORACLE, points)

    first = [curve(GREEDY, lambda question, _: question.right[0])] if sampled else []
    return [
        *first,
        curve(AVERAGE, lambda question, _: fmean(question.right)),
        curve(MODEL, _model_value),
        curve(ORACLE, _oracle_value),
    ]


def values_of_n(questions: Sequence[ScoredQuestion]) -> list[int]:
    """Return 1, 2, 4 … up to the largest N for which at least half of the questions have N answers, and that N."""
    counts = sorted((len(question.rates) for question in questions), reverse=True)
    most = counts[(len(counts) - 1) // 2] if counts else 0
    steps = [2**at for at in range(most.bit_length())]
    return steps if not most or steps[-1] == most else [*steps, most]


def uplift(questions: Sequence[ScoredQuestion], *, sampled: bool) -> dict[str, Any]:
    """Return how much better the model's pick is at the largest N than other picks, question by question.

    ``share_of_what_was_there`` is the gain over a random answer divided by the upper bound's gain over it; ``None``
    where the upper bound gains nothing.
    """
    n = values_of_n(questions)[-1]
    enough = [question for question in questions if len(question.rates) >= n]
    picked = [_model_value(question, n) for question in enough]
    baselines = {"average": [fmean(question.right) for question in enough]}
    if sampled:
        baselines["first"] = [question.right[0] for question in enough]
    baselines["oracle"] = [_oracle_value(question, n) for question in enough]
    gains: dict[str, Any] = {"n": n}
    for name, values in baselines.items():
        gains[f"over_{name}"] = _plain(bootstrap([a - b for a, b in zip(picked, values, strict=True)]))
    room = sum(baselines["oracle"]) - sum(baselines["average"])
    gains["share_of_what_was_there"] = (sum(picked) - sum(baselines["average"])) / room if room else None
    return gains


def report(questions: Sequence[ScoredQuestion], *, sampled: bool) -> dict[str, Any]:
    """Return curves and uplift as plain values."""
    return {
        "questions": len(questions),
        "answers": "as they were sampled" if sampled else "those of the held-out pairs",
        "curves": {
            curve.label: [{"n": point.n, **_plain(point.share)} for point in curve.points]
            for curve in curves(questions, sampled=sampled)
        },
        "uplift": uplift(questions, sampled=sampled),
    }


def _model_value(question: ScoredQuestion, n: int) -> float:
    return best_of_n_value(question.scores, question.right, n)


def _oracle_value(question: ScoredQuestion, n: int) -> float:
    return pass_at_k(len(question.rates), int(sum(question.right)), n)


def _plain(estimate: Estimate) -> dict[str, float | int | None]:
    has_interval = estimate.problems >= FEWEST_QUESTIONS
    return {
        "mean": estimate.mean,
        "low": estimate.low if has_interval else None,
        "high": estimate.high if has_interval else None,
        "questions": estimate.problems,
    }
