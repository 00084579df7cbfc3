"""Makes preference pairs from the judged answers to a question, and selects which pairs to keep. Pure.

The rule is AceCoder's (arXiv 2502.01718): the chosen answer's pass rate is at least 0.8, the gap at least 0.4,
the rejected answer's rate above 0, unless the policy has ``reject_rate_zero``. The rates are recomputed from the
outcomes: passed tests divided by valid tests, compared as fractions, so that 0.85 against 0.45 is a gap of 0.4.

An answer without a verdict is in no pair. Of several answers with the same program (apart from layout) one counts;
if the tests gave the same program different outcomes, none does. The pairs that are kept under a cap depend only on
the seed and the question, not on the order of answers or on other questions.

Not promised: that a pair is right. Weak tests make wrong pairs, and a rejected answer with a rate above 0 need not
be an honest attempt.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from clients.contract import CandidateResult, Outcome, PreferencePair, Status
from clients.pairs.policy import LeftOut, PairPolicy, PairReport
from clients.pairs.similarity import Shingles, canonical, shingles, similarity


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """One question with its judged answers."""

    id: str
    prompt: str
    answers: Sequence[str]
    """The texts to learn from: completions, or programs."""
    programs: Sequence[str]
    """The program of each answer, as it was judged."""
    results: Sequence[CandidateResult]
    """The verdicts, in the answers' order, all by the same suite."""
    test_hashes: Sequence[str] = ()
    """Hashes of the suite's tests, in their order."""


@dataclass(frozen=True, slots=True)
class _RatedAnswer:
    """One answer with a pass rate."""

    text: str
    program: str
    id: str
    signs: str
    """One sign per test: 1 passed, 0 not passed, - invalid."""
    rate: Fraction

    def sort_key(self) -> tuple[Fraction, str, str, str]:
        return (-self.rate, self.program, self.text, self.id)


_Pair = tuple[_RatedAnswer, _RatedAnswer]  # chosen, rejected


def preference_pairs(
    questions: Iterable[JudgedQuestion], policy: PairPolicy | None = None, report: PairReport | None = None
) -> Iterator[PreferencePair]:
    """Yield the pairs of every question; counts are added to ``report``, if given.

    Raises:
        ValueError: a question does not have one program and one verdict per answer, or its verdicts have different
            numbers of tests.
    """
    policy, report = policy or PairPolicy(), report if report is not None else PairReport()
    for question in questions:
        report.questions += 1
        for chosen, rejected in _pairs_of(question, policy, report.left_out):
            report.pairs += 1
            report.chosen_longer += len(chosen.text) > len(rejected.text)
            yield _message(question, chosen, rejected)


def count_pairs(question: JudgedQuestion, policy: PairPolicy) -> int:
    """Return how many pairs ``preference_pairs`` makes of a question, without making their messages.

    Raises:
        ValueError: as ``preference_pairs``.
    """
    return len(_pairs_of(question, policy, Counter()))


def _pairs_of(question: JudgedQuestion, policy: PairPolicy, left_out: Counter[LeftOut]) -> list[_Pair]:
    answers = _answers(question, policy, left_out)
    if not answers:
        left_out[LeftOut.NO_PAIR] += 1
        return []
    if len(answers[0].signs.replace("-", "")) < policy.tests_at_least:
        left_out[LeftOut.FEW_TESTS] += 1
        return []
    distinct = _distinct(answers, policy.similar_at_least, left_out)
    qualified = [pair for pair in product(distinct, distinct) if _qualifies(*pair, policy)]
    kept = [pair for pair in qualified if _has_similar_lengths(*pair, policy.length_ratio_at_most)]
    left_out[LeftOut.LENGTH] += len(qualified) - len(kept)
    left_out[LeftOut.NO_PAIR] += not kept
    if policy.per_question is not None and len(kept) > policy.per_question:
        left_out[LeftOut.CAP] += len(kept) - policy.per_question
        # A text seeds the generator in the same way in every process; the id makes questions independent of each other.
        rng = random.Random(f"{policy.seed}:{question.id}")  # noqa: S311 - a choice, not a secret
        kept = _spread(kept, policy.per_question, rng)
    return kept


def _answers(question: JudgedQuestion, policy: PairPolicy, left_out: Counter[LeftOut]) -> list[_RatedAnswer]:
    """Return the answers that have a rate, best first; the order does not depend on the order in the question."""
    count = len(question.results)
    if not count == len(question.answers) == len(question.programs):
        raise ValueError(
            f"question {question.id!r}: {count} verdicts; give as many answers and as many programs"
        )
    rated = []
    for text, program, result in zip(question.answers, question.programs, question.results, strict=True):
        signs = _signs(result, policy)
        if signs.strip("-"):
            rate = Fraction(signs.count("1"), len(signs.replace("-", "")))
            rated.append(_RatedAnswer(text, program, result.id, signs, rate))
        else:
            left_out[LeftOut.UNSCORABLE] += 1
    if len({len(answer.signs) for answer in rated}) > 1:
        raise ValueError(f"question {question.id!r}: its verdicts have different numbers of tests")
    return sorted(rated, key=_RatedAnswer.sort_key)


def _signs(result: CandidateResult, policy: PairPolicy) -> str:
    """Return one sign per test; empty without a verdict."""
    if result.status is not Status.JUDGED:
        return ""
    signs = []
    for test in result.tests:
        earned = policy.count_passes_resting_on_program or not test.rests_on_program
        earned = earned and (policy.count_same_process_passes or not test.same_process)
        earned = earned and (policy.count_passes_decided_by_program or not test.decided_by_program)
        passed = test.outcome is Outcome.PASSED and earned
        signs.append("01"[passed] if test.counts else "-")
    return "".join(signs)


def _distinct(
    answers: Sequence[_RatedAnswer], similar_at_least: float, left_out: Counter[LeftOut]
) -> list[_RatedAnswer]:
    """Keep the first of similar answers, and none of answers with the same program but different outcomes."""
    signs_by_text: dict[str, set[str]] = {}
    texts = [canonical(answer.program) for answer in answers]
    for answer, text in zip(answers, texts, strict=True):
        signs_by_text.setdefault(text, set()).add(answer.signs)
    kept: dict[str, tuple[_RatedAnswer, Shingles]] = {}
    for answer, text in zip(answers, texts, strict=True):
        tokens = shingles(answer.program) if similar_at_least < 1 else frozenset()
        if len(signs_by_text[text]) > 1:
            left_out[LeftOut.CONTRADICTED] += 1
        elif text in kept or _is_similar(answer, tokens, kept.values(), similar_at_least):
            left_out[LeftOut.DUPLICATE] += 1
        else:
            kept[text] = answer, tokens
    return [answer for answer, _ in kept.values()]


def _is_similar(
    answer: _RatedAnswer,
    tokens: Shingles,
    kept: Iterable[tuple[_RatedAnswer, Shingles]],
    similar_at_least: float,
) -> bool:
    """Whether an answer that is kept has the same outcomes and is at least so similar."""
    return similar_at_least < 1 and any(
        other.signs == answer.signs and similarity(tokens, other_tokens) >= similar_at_least
        for other, other_tokens in kept
    )


def _qualifies(chosen: _RatedAnswer, rejected: _RatedAnswer, policy: PairPolicy) -> bool:
    return (
        chosen.rate >= _exact(policy.chosen_at_least)
        and chosen.rate - rejected.rate >= _exact(policy.gap_at_least)
        and (
            rejected.rate > _exact(policy.rejected_above) or (rejected.rate == 0 and policy.reject_rate_zero)
        )
    )


@lru_cache(maxsize=64)  # a policy has three thresholds, and each pair of answers is compared with all of them
def _exact(threshold: float) -> Fraction:
    return Fraction(str(threshold))  # 0.4 as it is written, not as a binary float rounds it


def _has_similar_lengths(chosen: _RatedAnswer, rejected: _RatedAnswer, at_most: float | None) -> bool:
    shorter, longer = sorted((len(chosen.text), len(rejected.text)))
    return at_most is None or longer <= at_most * shorter


def _spread(pairs: Sequence[_Pair], cap: int, rng: random.Random) -> list[_Pair]:
    """Keep ``cap`` pairs: prefer answers that are used least so far, then pairs that balance the lengths."""
    remaining = list(pairs)
    rng.shuffle(remaining)
    used: Counter[_RatedAnswer] = Counter()
    kept: list[_Pair] = []
    excess = 0  # pairs in which the longer answer is chosen, less those in which it is rejected
    while remaining and len(kept) < cap:
        best = min(remaining, key=lambda pair: (used[pair[0]] + used[pair[1]], excess * _length_sign(pair)))
        remaining.remove(best)
        used.update(best)
        excess += _length_sign(best)
        kept.append(best)
    return kept


def _length_sign(pair: _Pair) -> int:
    """Return 1 if the chosen answer is longer than the rejected one, -1 if it is shorter, else 0."""
    chosen, rejected = (len(answer.text) for answer in pair)
    return (chosen > rejected) - (chosen < rejected)


def _message(question: JudgedQuestion, chosen: _RatedAnswer, rejected: _RatedAnswer) -> PreferencePair:
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
