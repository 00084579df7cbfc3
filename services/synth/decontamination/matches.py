"""Finds the benchmark problems that a document copies: by runs of words, runs of code, name, or tests. Pure.

Every rule is stated beside its threshold. What is neither copied nor named alike but means the same is looked for by
``rephrasing``.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.synth.decontamination.benchmarks import BenchmarkProblem
from services.synth.decontamination.documents import Document, normal_name

WORD_RUN = 5
"""Words of a run. Measured on the statements of HumanEval, MBPP and BigCodeBench (866): with one word changed in every
twelve, runs of 5 find 82 % of the copies, runs of 8 (Tulu 3) 17 %, and of 13 (GPT-3) 2 %. With half of the runs asked
for, the unrelated pairs that runs of 5 add are variants of one exercise; none of 737 library functions is found."""
WORD_SHARE = 0.5
"""Share of a problem's runs that a document must have. One shared run is a phrase, half of them are a copy."""
FEWEST_WORDS = 6
"""A shorter statement ("find the maximum") is everyone's; its problem is compared by code, name and tests only."""
CODE_RUN = 12
"""Tokens of a run of code, in which bound names are alike: about two lines."""
CODE_SHARE = 0.6
"""Share of a solution's runs that a program must have."""
FEWEST_TOKENS = 36
"""A shorter solution (``return sum(x) / len(x)``) is the only natural one; to find it is no sign of a copy."""
FEWEST_TEST_CHARS = 12
"""A test with a shorter call and value (``(0) == 0``) is in many suites by chance."""
FEWEST_TESTS = 3
"""Shared tests that make a copy by themselves."""
_GENERIC = frozenset("a b c d e f g i j k l m n o p q s t u v w x y z arr array data input items lst nums numbers num "
    "number string str text value values word words list".split())  # fmt: skip
"""Parameter names that say nothing about a problem."""


class MatchKind(StrEnum):
    """How a document resembles a problem."""

    TEXT = "text"
    """It has at least half of the runs of five words of the problem's statement."""
    CODE = "code"
    """It has at least 60 % of the runs of twelve tokens of the problem's solution, whatever its names are."""
    ENTRY_POINT = "entry_point"
    """A function has the entry point's name, and the same parameters or a common test besides."""
    TESTS = "tests"
    """It has at least three of the problem's tests that are not trivial."""
    REPHRASED = "rephrased"
    """The judge holds it for the same exercise in other words; or, without a judge, it is very similar."""
    SIMILAR = "similar"
    """It was a candidate for a rephrasing, and the judge holds it for another exercise, or there is no judge. Reported,
    not removed."""


@dataclass(frozen=True, slots=True)
class Match:
    """One resemblance."""

    document: str
    """Id of the seed or row."""
    kind: MatchKind
    benchmark: str
    problem: str
    """Id of the problem."""
    score: float
    """Share of runs or tests, or similarity; from 0 to 1."""
    evidence: str
    """What they share, in words."""

    @property
    def removes(self) -> bool:
        """Whether the document is removed for it."""
        return self.kind is not MatchKind.SIMILAR

    def __str__(self) -> str:
        return f"{self.benchmark} {self.problem}: {self.kind.value}, {self.evidence}"


class _RunIndex:
    """Runs of tokens of all problems."""

    def __init__(self, tokens: Sequence[Sequence[str]], length: int, fewest: int) -> None:
        self._length = length
        self._problems: dict[tuple[str, ...], list[int]] = {}
        self._totals: dict[int, int] = {}
        for problem, sequence in enumerate(tokens):
            if len(sequence) >= fewest:
                # A statement between ``fewest`` and ``length`` words is one run: all of it.
                runs = set(_runs(sequence, min(length, len(sequence))))
                self._totals[problem] = len(runs)
                for run in runs:
                    self._problems.setdefault(run, []).append(problem)
        self._lengths = sorted({len(run) for run in self._problems})

    def shares(self, tokens: Sequence[str]) -> Iterator[tuple[int, float, tuple[str, ...]]]:
        """Yield problems that share a run with a document, the share of their runs, and one shared run."""
        shared: Counter[int] = Counter()
        first: dict[int, tuple[str, ...]] = {}
        for length in self._lengths:
            for run in dict.fromkeys(_runs(tokens, length)):
                for problem in self._problems.get(run, ()):
                    shared[problem] += 1
                    first.setdefault(problem, run)
        for problem, count in sorted(shared.items()):
            yield problem, count / self._totals[problem], first[problem]


def _runs(tokens: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(tokens[at : at + length]) for at in range(len(tokens) - length + 1))


class BenchmarkIndex:
    """The problems of all benchmarks, prepared for comparison."""

    def __init__(self, problems: Sequence[BenchmarkProblem]) -> None:
        self.problems = problems
        documents = [problem.document for problem in problems]
        self._text = _RunIndex([document.words for document in documents], WORD_RUN, FEWEST_WORDS)
        self._code = _RunIndex([document.code for document in documents], CODE_RUN, FEWEST_TOKENS)
        self._by_name: dict[str, list[int]] = {}
        self._by_test: dict[str, list[int]] = {}
        for position, problem in enumerate(problems):
            self._by_name.setdefault(normal_name(problem.entry_point), []).append(position)
            for test in problem.document.tests:
                if len(test) >= FEWEST_TEST_CHARS:
                    self._by_test.setdefault(test, []).append(position)
        # A name of several problems of one benchmark (BigCodeBench calls each function ``task_func``) names none.
        for name, positions in list(self._by_name.items()):
            benchmarks = [problems[position].benchmark for position in positions]
            if not name or len(set(benchmarks)) < len(benchmarks):
                del self._by_name[name]

    def copies(self, document: Document) -> list[Match]:
        """Return the problems that a document copies, by each rule."""
        rules: tuple[Callable[[Document], Iterator[Match]], ...] = (
            self._by_text,
            self._by_code,
            self._by_entry_point,
            self._by_tests,
        )
        return [match for rule in rules for match in rule(document)]

    def match(self, document: Document, kind: MatchKind, position: int, score: float, evidence: str) -> Match:
        """Return a match of a document with the problem at ``position``."""
        problem = self.problems[position]
        return Match(document.id, kind, problem.benchmark, problem.id, round(score, 4), evidence)

    def _by_text(self, document: Document) -> Iterator[Match]:
        for position, share, run in self._text.shares(document.words):
            if share >= WORD_SHARE:
                evidence = f"{share:.0%} of its runs of words, as {' '.join(run)!r}"
                yield self.match(document, MatchKind.TEXT, position, share, evidence)

    def _by_code(self, document: Document) -> Iterator[Match]:
        for position, share, run in self._code.shares(document.code):
            if share >= CODE_SHARE:
                evidence = f"{share:.0%} of its solution's runs of tokens, as {' '.join(run)!r}"
                yield self.match(document, MatchKind.CODE, position, share, evidence)

    def _by_entry_point(self, document: Document) -> Iterator[Match]:
        for name, parameters in document.functions:
            for position in self._by_name.get(name, ()):
                problem = self.problems[position]
                own = next((p for n, p in problem.document.functions if n == name), ())
                common = document.tests & problem.document.tests
                if evidence := _agreement(parameters, own, bool(common)):
                    text = f"a function {problem.entry_point!r} with {evidence}"
                    yield self.match(document, MatchKind.ENTRY_POINT, position, 1.0, text)

    def _by_tests(self, document: Document) -> Iterator[Match]:
        shared: Counter[int] = Counter()
        for test in sorted(document.tests):
            shared.update(self._by_test.get(test, ()))
        for position, count in sorted(shared.items()):
            if count >= FEWEST_TESTS:
                total = len(self.problems[position].document.tests)
                yield self.match(
                    document, MatchKind.TESTS, position, count / total, f"{count} of its {total} tests"
                )


def _agreement(parameters: tuple[str, ...], own: tuple[str, ...], has_common_test: bool) -> str:
    """Return what two functions of one name share besides; empty if nothing that says more than the name.

    Many functions are called ``is_prime(n)``. Equal parameters count only if one of them is no common name.
    """
    if has_common_test:
        return "a test in common"
    is_telling = any(name.lower() not in _GENERIC for name in own)
    return f"the same parameters ({', '.join(own)})" if own and parameters == own and is_telling else ""
