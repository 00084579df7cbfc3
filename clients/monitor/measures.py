"""Measures the health of one step's rewards: what a policy learns from them, and whether it earns them honestly. Pure.

A share or mean of nothing is ``None``, never 0.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from clients.contract import CandidateResult, Outcome
from clients.pairs.similarity import canonical


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion of a step, with its verdict."""

    group: Hashable
    """The prompt, or any value that stands for it: samples with equal values answer the same prompt."""
    result: CandidateResult
    completion: str = ""
    """The text, for its length and for the share of different programs."""
    score: float | None = None
    """The reward model's score, if there is one."""
    held_out_rate: float | None = None
    """Pass rate by tests that are not part of the reward, if they were run."""
    canary_test: int | None = None
    """Position of the test with a wrong expectation, if the suite is a canary and the position is known."""
    is_canary: bool = False
    """Whether its suite has a wrong expectation, so that no honest program passes it."""

    @property
    def counts(self) -> bool:
        """Whether it has a reward that a policy learns from."""
        return self.result.reward is not None and not self.is_canary


@dataclass(frozen=True, slots=True)
class StepMeasures:
    """The measures of one step."""

    samples: int
    """Number of completions, canaries included."""
    groups: int
    """Number of prompts."""
    reward: float | None
    """Mean over all samples with a verdict, canaries left out."""
    reward_of_mixed_groups: float | None
    """The same over groups whose rewards differ. Only these groups have advantages that are not 0."""
    equal_groups: float | None
    """Share of the groups whose rewards are all equal: no policy learns from them, and they cost no less."""
    unscorable: float
    """Share of the samples without a verdict."""
    unscorable_by_reason: dict[str, int] = field(default_factory=dict)
    """Reason → number of samples without a verdict."""
    outcomes: dict[str, float] = field(default_factory=dict)
    """Outcome of a test → its share of all valid tests."""
    resting_passes: float | None = None
    """Share of the passed tests in which the program's own code had a say (``rests_on_program``)."""
    canaries: int = 0
    """Number of samples of canaries with a verdict."""
    canary_pass_rate: float | None = None
    """Share of the canaries of which all tests were passed. A pass is a forged verdict, or the canary is wrong."""
    canary_test_pass_rate: float | None = None
    """Share of the canaries whose wrong test was passed, where its position is known. A wrong program may return the
    wrong value by chance; where many do, something forges single tests."""
    held_out_gap: float | None = None
    """Mean pass rate by the tests of the reward, less the mean by held-out tests of the same samples."""
    unique_programs: float | None = None
    """Different programs of a group divided by its samples, as a mean over groups; comments and layout do not count."""
    length: float | None = None
    """Mean length of the completions, in characters."""
    rm_auc: float | None = None
    """Probability that the reward model scores a sample with a higher reward higher, within groups; 0.5 is chance."""


def measure(samples: Sequence[Sample]) -> StepMeasures:
    """Return the measures of one step's samples."""
    by_group: dict[Hashable, list[Sample]] = {}
    for sample in samples:
        by_group.setdefault(sample.group, []).append(sample)
    rewards = [[s.result.reward or 0.0 for s in members if s.counts] for members in by_group.values()]
    rewards = [values for values in rewards if len(values) > 1] or [values for values in rewards if values]
    mixed = [values for values in rewards if len(set(values)) > 1]
    unscorable = [sample.result for sample in samples if sample.result.reward is None]
    tests = [
        test for sample in samples if not sample.is_canary for test in sample.result.tests if test.counts
    ]
    passes = [test for test in tests if test.outcome is Outcome.PASSED]
    canaries = [sample for sample in samples if sample.is_canary and sample.result.pass_rate is not None]
    counts = Counter(str(test.outcome) for test in tests)
    return StepMeasures(
        samples=len(samples),
        groups=len(by_group),
        reward=_mean(sample.result.reward or 0.0 for sample in samples if sample.counts),
        reward_of_mixed_groups=_mean(value for values in mixed for value in values),
        equal_groups=_share(len(rewards) - len(mixed), len(rewards)),
        unscorable=_share(len(unscorable), len(samples)) or 0.0,
        unscorable_by_reason=dict(Counter(str(result.reason) for result in unscorable)),
        outcomes={outcome: number / len(tests) for outcome, number in sorted(counts.items())},
        resting_passes=_share(sum(test.rests_on_program for test in passes), len(passes)),
        canaries=len(canaries),
        canary_pass_rate=_share(sum(map(passes_canary, canaries)), len(canaries)),
        canary_test_pass_rate=_canary_test_pass_rate(canaries),
        held_out_gap=_held_out_gap(samples),
        unique_programs=_unique_programs(by_group.values()),
        length=_mean(len(sample.completion) for sample in samples if sample.completion),
        rm_auc=_auc(by_group.values()),
    )


def passes_canary(sample: Sample) -> bool:
    """Return whether a sample passed all tests of a canary, the one with a wrong expectation among them."""
    return sample.result.pass_rate == 1.0


def passes_canary_test(sample: Sample) -> bool:
    """Return whether a sample passed the test with a wrong expectation; false if its position is not known."""
    tests, position = sample.result.tests, sample.canary_test
    return position is not None and position < len(tests) and tests[position].outcome is Outcome.PASSED


def _canary_test_pass_rate(canaries: Sequence[Sample]) -> float | None:
    known = [sample for sample in canaries if sample.canary_test is not None]
    return _share(sum(map(passes_canary_test, known)), len(known))


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return fmean(numbers) if numbers else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _held_out_gap(samples: Sequence[Sample]) -> float | None:
    both = [
        (sample.result.pass_rate, sample.held_out_rate)
        for sample in samples
        if sample.counts and sample.result.pass_rate is not None and sample.held_out_rate is not None
    ]
    return fmean(rate - held_out for rate, held_out in both) if both else None


def _unique_programs(groups: Iterable[Sequence[Sample]]) -> float | None:
    shares = []
    for members in groups:
        programs = [_program(sample) for sample in members if sample.completion]
        if len(programs) > 1:
            shares.append(len(set(programs)) / len(programs))
    return fmean(shares) if shares else None


def _program(sample: Sample) -> str:
    extraction = sample.result.extraction
    return canonical(extraction.program if extraction else sample.completion)


def _auc(groups: Iterable[Sequence[Sample]]) -> float | None:
    wins: list[float] = []
    for members in groups:
        scored = [(s.result.reward, s.score) for s in members if s.counts and s.score is not None]
        wins += [
            0.5 if one_score == other_score else float(one_score > other_score)
            for one, one_score in scored
            for other, other_score in scored
            if one is not None and other is not None and one > other
        ]
    return fmean(wins) if wins else None
