"""Chooses the benchmark problems that a document may rephrase, and reads a judge's answer about them. Pure.

Candidates are the nearest problems by embeddings, or by words where there are no embeddings. Being near is no proof:
"filter odd numbers" is near "filter integers". So a judge that sees both decides; without one, candidates are reported.
"""

import math
import re
from collections.abc import Sequence

from services.synth.decontamination.benchmarks import BenchmarkProblem
from services.synth.decontamination.documents import Document
from services.synth.decontamination.lexical import LexicalIndex
from services.synth.decontamination.matches import BenchmarkIndex, Match, MatchKind

Nearest = list[tuple[int, float]]
"""Positions of problems with their similarity, best first."""
Vector = Sequence[float]

_ANSWER = re.compile(r"SAME:\W*(none\b|\d+(?:\s*(?:,|and)\s*\d+)*)", re.IGNORECASE)
_MAX_SHOWN_CHARS = 1500  # of a statement in the judge's prompt: the longest of BigCodeBench has 1,268


def nearest_by_words(index: LexicalIndex, document: Document, count: int, at_least: float) -> Nearest:
    """Return the nearest problems by their words."""
    return [(position, score) for position, score in index.nearest(document, count) if score >= at_least]


def nearest_by_vector(vectors: Sequence[Vector], vector: Vector, count: int, at_least: float) -> Nearest:
    """Return the nearest problems by the cosine of unit vectors.

    In plain Python: 1,000 problems of 1,024 numbers take a tenth of a second; a question's model calls take longer.
    """
    scores = [
        (position, math.fsum(a * b for a, b in zip(own, vector, strict=True)))
        for position, own in enumerate(vectors)
    ]
    ranked = sorted(scores, key=lambda item: (-item[1], item[0]))[:count]
    return [(position, score) for position, score in ranked if score >= at_least]


def unit(vector: Vector) -> list[float]:
    """Return a vector scaled to length 1; a vector of zeros as it is."""
    length = math.sqrt(math.fsum(number * number for number in vector)) or 1.0
    return [number / length for number in vector]


def embedded_text(document: Document) -> str:
    """Return what is embedded of a document: its statement, or the names of its functions if it has none."""
    return document.text.strip() or " ".join(name for name, _ in document.functions) or document.id


def judge_values(document: Document, problems: Sequence[BenchmarkProblem]) -> dict[str, str]:
    """Return the values of the judge's prompt: the exercise, and the numbered candidates."""
    numbered = [
        f"{number}. {problem.document.text.strip()[:_MAX_SHOWN_CHARS]}"
        for number, problem in enumerate(problems, 1)
    ]
    return {"exercise": document.text.strip()[:_MAX_SHOWN_CHARS], "candidates": "\n\n".join(numbered)}


def read_answer(reply: str, count: int) -> list[int] | None:
    """Return the positions of the candidates that the judge calls the same exercise; ``None`` if it does not settle it.

    The last answer counts: a judge that thinks aloud may write several.
    """
    answers = _ANSWER.findall(reply)
    if not answers:
        return None
    numbers = [int(number[:9]) for number in re.findall(r"\d+", answers[-1])]
    return [number - 1 for number in numbers if 1 <= number <= count]


def rephrased(
    index: BenchmarkIndex, document: Document, nearest: Nearest, same: Sequence[int] | None, method: str
) -> list[Match]:
    """Return a match for every candidate: ``REPHRASED`` where the judge calls it the same, else ``SIMILAR``.

    ``same`` are positions in ``nearest``; ``None``: there is no judge, or no answer of it can be read. ``method`` is
    how similarity was measured.
    """
    matches = []
    for at, (position, score) in enumerate(nearest):
        is_same = same is not None and at in same
        verdict = (
            "no judge's answer"
            if same is None
            else f"the judge calls it {'the same' if is_same else 'another'}"
        )
        kind = MatchKind.REPHRASED if is_same else MatchKind.SIMILAR
        matches.append(
            index.match(document, kind, position, score, f"similarity {score:.2f} by {method}, {verdict}")
        )
    return matches
