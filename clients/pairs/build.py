"""Preference pairs from outcomes: which answers to one question make a pair, and which of the pairs are kept.

The rule is AceCoder's (arXiv 2502.01718): the chosen answer's pass rate is at least 0.8, the gap at least 0.4,
the rejected answer's rate above 0. The rates are not: each is passed tests divided by valid ones, recomputed
from the outcomes and compared as fractions, so that 0.85 against 0.45 is a gap of 0.4.

An answer without a verdict is in no pair. Of answers whose programs are the same but for layout one counts;
where the tests said different things of the same program, none does. What is kept under a cap depends on the
seed and the question alone, not on the order of answers or on other questions. Nothing is read or written here.

Not promised: that a pair is right. Weak tests make wrong pairs, and a rate above 0 does not make a rejected
answer an honest attempt.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from clients.contract import CandidateResult, Outcome, PreferencePair, Status
from clients.pairs.policy import LeftOut, PairPolicy, PairReport
from clients.pairs.similarity import Shingles, canonical, likeness, shingles


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """One question and what was judged of its answers."""

    id: str
    prompt: str
    answers: Sequence[str]
    """What a model learns from: completions, or programs."""
    programs: Sequence[str]
    """What was judged of each answer."""
    results: Sequence[CandidateResult]
    """The verdicts, in the answers' order, all by the same suite."""
    test_hashes: Sequence[str] = ()
    """Names the suite's tests."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer with a verdict."""

    text: str
    program: str
    id: str
    signs: str
    rate: Fraction

    def order(self) -> tuple[Fraction, str, str, str]:
        return (-self.rate, self.program, self.text, self.id)


_Pair = tuple[_Answer, _Answer]  # chosen, rejected


def preference_pairs(
    questions: Iterable[JudgedQuestion], policy: PairPolicy | None = None, report: PairReport | None = None
) -> Iterator[PreferencePair]:
    """Yield the pairs of every question; ``report``, if given, is filled meanwhile.

    Raises:
        ValueError: a question's answers, programs and verdicts differ in number, or its verdicts in tests.
    """
    policy, report = policy or PairPolicy(), report if report is not None else PairReport()
    for question in questions:
        report.questions += 1
        for chosen, rejected in _of_question(question, policy, report.left_out):
            report.pairs += 1
            report.chosen_longer += len(chosen.text) > len(rejected.text)
            yield _message(question, chosen, rejected)


def _of_question(question: JudgedQuestion, policy: PairPolicy, left_out: Counter[LeftOut]) -> list[_Pair]:
    answers = _answers(question, policy, left_out)
    if not answers:
        left_out[LeftOut.NO_PAIR] += 1
        return []
    if len(answers[0].signs.replace("-", "")) < policy.tests_at_least:
        left_out[LeftOut.FEW_TESTS] += 1
        return []
    distinct = _distinct(answers, policy.similar_at_least, left_out)
    good = [pair for pair in product(distinct, distinct) if _qualifies(*pair, policy)]
    kept = [pair for pair in good if _within_length(*pair, policy.length_ratio_at_most)]
    left_out[LeftOut.LENGTH] += len(good) - len(kept)
    left_out[LeftOut.NO_PAIR] += not kept
    if policy.per_question is not None and len(kept) > policy.per_question:
        left_out[LeftOut.CAP] += len(kept) - policy.per_question
        # Text seeds a generator the same way in every process; the question's own part keeps it from its neighbours.
        rng = random.Random(f"{policy.seed}:{question.id}")  # noqa: S311 - a choice, not a secret
        kept = _spread(kept, policy.per_question, rng)
    return kept


def _answers(question: JudgedQuestion, policy: PairPolicy, left_out: Counter[LeftOut]) -> list[_Answer]:
    """Return the answers that have a rate, best first, in an order that is theirs alone."""
    count = len(question.results)
    if not count == len(question.answers) == len(question.programs):
        raise ValueError(f"question {question.id!r}: {count} verdicts need as many answers and programs")
    found = []
    for text, program, result in zip(question.answers, question.programs, question.results, strict=True):
        signs = _signs(result, policy)
        if signs.strip("-"):
            rate = Fraction(signs.count("1"), len(signs.replace("-", "")))
            found.append(_Answer(text, program, result.id, signs, rate))
        else:
            left_out[LeftOut.UNSCORABLE] += 1
    if len({len(answer.signs) for answer in found}) > 1:
        raise ValueError(f"question {question.id!r}: its verdicts are of different numbers of tests")
    return sorted(found, key=_Answer.order)


def _signs(result: CandidateResult, policy: PairPolicy) -> str:
    if result.status is not Status.JUDGED:
        return ""
    signs = []
    for test in result.tests:
        earned = policy.count_passes_resting_on_program or not test.rests_on_program
        passed = test.outcome is Outcome.PASSED and earned
        signs.append("-" if test.outcome is Outcome.INVALID_TEST else "01"[passed])
    return "".join(signs)


def _distinct(answers: Sequence[_Answer], alike: float, left_out: Counter[LeftOut]) -> list[_Answer]:
    """Keep the first of those that are alike; none of those alike in text and judged in two ways."""
    said: dict[str, set[str]] = {}
    texts = [canonical(answer.program) for answer in answers]
    for answer, text in zip(answers, texts, strict=True):
        said.setdefault(text, set()).add(answer.signs)
    kept: dict[str, tuple[_Answer, Shingles]] = {}
    for answer, text in zip(answers, texts, strict=True):
        runs = shingles(answer.program) if alike < 1 else frozenset()
        if len(said[text]) > 1:
            left_out[LeftOut.CONTRADICTED] += 1
        elif text in kept or _near(answer, runs, kept.values(), alike):
            left_out[LeftOut.DUPLICATE] += 1
        else:
            kept[text] = answer, runs
    return [answer for answer, _ in kept.values()]


def _near(answer: _Answer, runs: Shingles, kept: Iterable[tuple[_Answer, Shingles]], alike: float) -> bool:
    return alike < 1 and any(
        other.signs == answer.signs and likeness(runs, theirs) >= alike for other, theirs in kept
    )


def _qualifies(chosen: _Answer, rejected: _Answer, policy: PairPolicy) -> bool:
    return (
        chosen.rate >= _exact(policy.chosen_at_least)
        and chosen.rate - rejected.rate >= _exact(policy.gap_at_least)
        and rejected.rate > _exact(policy.rejected_above)
    )


def _exact(threshold: float) -> Fraction:
    return Fraction(str(threshold))  # 0.4 as it is written, not as a binary float rounds it


def _within_length(chosen: _Answer, rejected: _Answer, at_most: float | None) -> bool:
    shorter, longer = sorted((len(chosen.text), len(rejected.text)))
    return at_most is None or longer <= at_most * shorter


def _spread(pairs: Sequence[_Pair], cap: int, rng: random.Random) -> list[_Pair]:
    """Keep ``cap`` pairs: those of answers used least so far, then those that even out the lengths."""
    waiting = list(pairs)
    rng.shuffle(waiting)
    used: Counter[_Answer] = Counter()
    kept: list[_Pair] = []
    lean = 0  # how much more often the longer answer was chosen
    while waiting and len(kept) < cap:
        best = min(waiting, key=lambda pair: (used[pair[0]] + used[pair[1]], lean * _leans(pair)))
        waiting.remove(best)
        used.update(best)
        lean += _leans(best)
        kept.append(best)
    return kept


def _leans(pair: _Pair) -> int:
    chosen, rejected = (len(answer.text) for answer in pair)
    return (chosen > rejected) - (chosen < rejected)


def _message(question: JudgedQuestion, chosen: _Answer, rejected: _Answer) -> PreferencePair:
    return PreferencePair(
        question=question.id,
        prompt=question.prompt,
        chosen=chosen.text,
        rejected=rejected.text,
        margin=float(chosen.rate - rejected.rate),
        chosen_rate=float(chosen.rate),
        rejected_rate=float(rejected.rate),
        chosen_id=chosen.id,
        rejected_id=rejected.id,
        chosen_tests=chosen.signs,
        rejected_tests=rejected.signs,
        test_hashes=list(question.test_hashes),
    )
