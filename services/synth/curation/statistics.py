"""Counts what a run made: rows and tests by stage and reason, distributions of tests, rates and probabilities. Pure.

The counts are gathered row by row, so memory does not grow with the data set.
"""

from collections import Counter
from dataclasses import dataclass, field
from statistics import fmean

from clients.contract import Outcome, SynthRow, TestOrigin
from services.synth.curation.rows import samples
from services.synth.curation.subsets import band_of, difficulty
from services.synth.notes import NOT_APPLIED

IMAGINED = frozenset({TestOrigin.IMAGINED, TestOrigin.LABELLED})
"""Origins of tests whose input a model wrote before any program existed: the paper's tests. Others come later."""
BINS = 20
"""Bins of a histogram over 0 to 1: steps of 0.05 tell 15 of 16 from 16 of 16."""


@dataclass(slots=True)
class SourceCounts:
    """Counts of the rows of one source of seeds."""

    seeds: int = 0
    questions: int = 0
    """Rows in the data set."""
    tests: int = 0
    """Kept tests of those."""
    written: int = 0
    """Rows for which a model wrote a question with tests, also those that were dropped later."""
    imagined: int = 0
    """Tests of those that the model wrote with the question."""
    imagined_kept: int = 0
    """Tests that the model wrote with the question and that are in the data set."""


@dataclass(slots=True)
class RunStatistics:
    """Counts of one run, over finished and dropped rows."""

    sources: dict[str, SourceCounts] = field(default_factory=dict)
    """By data set or package."""
    licences: Counter[str] = field(default_factory=Counter)
    """Licence → rows in the data set; an empty licence is unknown."""
    models: Counter[str] = field(default_factory=Counter)
    """Model → programs in the data set."""
    dropped_rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(stage, reason) → rows."""
    dropped_tests: Counter[str] = field(default_factory=Counter)
    """Reason → tests, over all rows."""
    dropped_imagined: Counter[str] = field(default_factory=Counter)
    """The same, of the tests that a model wrote with the question."""
    origins: Counter[str] = field(default_factory=Counter)
    """Origin of the kept tests of the data set."""
    tests_per_question: Counter[int] = field(default_factory=Counter)
    """Number of kept tests → questions."""
    rate_bins: Counter[int] = field(default_factory=Counter)
    """Bin of the pass rate → programs. Bin ``BINS`` holds the rate 1 alone."""
    probability_bins: Counter[int] = field(default_factory=Counter)
    """Bin of the filter's probability → tests, kept and dropped."""
    bands: Counter[str] = field(default_factory=Counter)
    """Band of the mean pass rate → questions."""
    programs: int = 0
    solved_programs: int = 0
    """Programs that pass all counted tests."""
    solved_questions: int = 0
    """Questions that at least one program solves."""
    all_solved_questions: int = 0
    """Questions that every program solves; their rewards are all equal."""
    pairs_by_rule: Counter[str] = field(default_factory=Counter)
    """Rule → pairs that the programs make by it without a cap, whatever the settings of the run are."""
    unscorable: Counter[str] = field(default_factory=Counter)
    """Why programs of solvers and samplers have no verdict, over the rows of the data set."""
    repairs: Counter[str] = field(default_factory=Counter)
    """Repair rules by which the reply with the question was read → rows, also of those that were dropped later."""
    not_applied: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(stage, reason) → rows that the stage passed on unchanged, or did only a part of its work on."""
    passes_resting_on_program: int = 0
    """Passes of sampled programs on kept tests that are marked ``rests_on_program``."""
    passes_decided_by_program: int = 0
    """The same, marked ``decided_by_program``; they count as not passed."""
    hard_questions: int = 0
    """Rows of the hard subset."""
    canaries: int = 0
    mutants: int = 0
    mutants_caught: int = 0
    _rate_sum: float = 0.0

    @property
    def questions(self) -> int:
        """Rows in the data set."""
        return self.total("questions")

    @property
    def mean_rate(self) -> float | None:
        """Mean pass rate over all programs."""
        return self._rate_sum / self.programs if self.programs else None

    @property
    def mutation_score(self) -> float | None:
        """Caught mutants divided by mutants, over all questions."""
        return self.mutants_caught / self.mutants if self.mutants else None

    def add_dropped(self, row: SynthRow, stage: str, reason: str) -> None:
        """Count a row that ``stage`` dropped."""
        self._source(row).seeds += 1
        self.dropped_rows[stage, reason] += 1
        self._count_tests(row)

    def add_done(self, row: SynthRow) -> None:
        """Count a row of the data set."""
        source = self._source(row)
        source.seeds += 1
        source.questions += 1
        source.tests += len(row.kept)
        self.licences[row.seed.licence] += 1
        self.tests_per_question[len(row.kept)] += 1
        self._count_tests(row)
        for position in row.kept:
            self.origins[row.tests[position].origin] += 1
            source.imagined_kept += row.tests[position].origin in IMAGINED
        self._count_programs(row)
        if row.mutation:
            self.mutants += row.mutation.mutants
            self.mutants_caught += row.mutation.caught

    def _count_tests(self, row: SynthRow) -> None:
        for name, reason in row.notes.items():
            stage, _, kind = name.partition(".")
            if kind == NOT_APPLIED:
                self.not_applied[stage, str(reason)] += 1
        if "rewrite.repair" in row.notes:
            self.repairs[str(row.notes["rewrite.repair"])] += 1
        imagined = sum(test.origin in IMAGINED for test in row.tests)
        self._source(row).written += imagined > 0
        self._source(row).imagined += imagined
        for test in row.tests:
            if test.dropped:
                self.dropped_tests[test.dropped] += 1
                self.dropped_imagined[test.dropped] += test.origin in IMAGINED
            if test.probability is not None:
                self.probability_bins[_bin(test.probability)] += 1

    def _count_programs(self, row: SynthRow) -> None:
        rates = [program.pass_rate for program in samples(row) if program.pass_rate is not None]
        self.models.update(program.model for program in samples(row))
        self.unscorable.update(program.unscorable for program in row.programs if program.unscorable)
        kept = set(row.kept)
        for program in samples(row):
            passed = (program.outcomes[at] is Outcome.PASSED for at in kept & {*program.rests_on_program})
            self.passes_resting_on_program += sum(passed)
            self.passes_decided_by_program += len(kept & {*program.decided_by_program})
        self.programs += len(rates)
        self.solved_programs += sum(rate == 1 for rate in rates)
        self.solved_questions += any(rate == 1 for rate in rates)
        self.all_solved_questions += bool(rates) and all(rate == 1 for rate in rates)
        self.rate_bins.update(_bin(rate) for rate in rates)
        self._rate_sum += sum(rates)
        if one := difficulty(rates):
            self.bands[band_of(one.mean)] += 1

    def _source(self, row: SynthRow) -> SourceCounts:
        # "package 1.2: module.function" counts for the package, or the table would have a line a function.
        return self.sources.setdefault(row.seed.source.partition(": ")[0] or "unnamed", SourceCounts())

    def mean_tests(self) -> float | None:
        """Mean number of kept tests of a question."""
        if not self.questions:
            return None
        return fmean(count for count in self.tests_per_question.elements())

    def total(self, count: str) -> int:
        """Return the sum of one field of ``SourceCounts`` over all sources."""
        return sum(getattr(source, count) for source in self.sources.values())


def _bin(share: float) -> int:
    return min(int(share * BINS), BINS)
