"""The problems of best-of-N: which travel together, what is asked of each, and what the answers make of it. Pure.

``clients.selection`` sends and receives; ``clients.selection.ranking`` has the rules.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clients.completions.extraction import extract as extract_program
from clients.contract import Candidate, CandidateResult, ExecutionRequest, Suite
from clients.requests import RequestOptions, as_list, build_request, suite_from_asserts
from clients.selection.ranking import BestOfN, rank, still_tied
from clients.selection.rules import By

_CANDIDATES_AT_ONCE = 512  # problems are sent together until this many; keeps every worker fed


@dataclass(frozen=True, slots=True)
class Problem:
    """One prompt with its candidates, and what they are to be ranked by, for ``best_of_n_each``."""

    prompt: str
    candidates: Sequence[str]
    tests: Suite | Sequence[str] | None = None
    """For every rule but ``rm``."""
    scores: Sequence[float | None] | None = None
    """For ``rm``, one per candidate; without them the scorer is asked."""


def groups(problems: Iterable[Problem], rules: Sequence[By]) -> Iterator[list[Problem]]:
    """Yield problems that travel together, each with what the rules look at.

    Raises:
        ValueError: a problem lacks it.
    """
    group: list[Problem] = []
    for at, problem in enumerate(problems):
        as_list(problem.candidates, "candidates")
        if tuple(rules) != (By.RM,) and problem.tests is None:
            raise ValueError(f"problem {at}: by={'+'.join(rules)!r} needs 'tests', a suite or asserts")
        group.append(problem)
        if sum(len(each.candidates) for each in group) >= _CANDIDATES_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def request_of(group: Sequence[Problem], options: RequestOptions, *, extract: bool) -> ExecutionRequest:
    """Return the request for the candidates of every problem.

    Raises:
        TypeError: a candidate is no text.
        ValueError: the contract refuses the request.
    """
    suites, candidates = [], []
    field = "completion" if extract else "program"
    for at, problem in enumerate(group):
        name = str(at)  # suites of different problems may have the same id
        suites.append(_suite(problem.tests or [], name))
        for place, each in enumerate(as_list(problem.candidates, "candidates")):
            if not isinstance(each, str):
                raise TypeError(f"candidates[{place}] is {type(each).__name__}; best-of-N takes them as text")
            candidates.append(Candidate(suite=name, **{field: each}))
    return build_request(candidates, suites, options)


def _suite(tests: Suite | Sequence[str], name: str) -> Suite:
    if isinstance(tests, Suite):
        return tests.model_copy(update={"id": name})
    return suite_from_asserts(tests, name)


@dataclass
class Asked:
    """One problem on its way to a winner."""

    problem: Problem
    results: Sequence[CandidateResult]
    programs: Sequence[str]
    rules: tuple[By, ...]
    weights: Sequence[float] | None
    scores: Sequence[float | None] | None

    def waiting(self) -> list[int]:
        """Candidates to ask a scorer about: those that the rules before it leave tied."""
        if By.RM not in self.rules or self.scores is not None:
            return []
        before = self.rules[: self.rules.index(By.RM)]
        if not before:
            return list(range(len(self.programs)))
        return still_tied(self.results, self.programs, by=before, weights=self.weights)

    def texts(self, waiting: Sequence[int]) -> list[str]:
        """What the scorer is given."""
        return [self.problem.candidates[at] for at in waiting]

    def take(self, waiting: Sequence[int], scores: Sequence[float | None]) -> None:
        """Note what the scorer said of them."""
        if len(scores) != len(waiting):
            raise ValueError(f"the scorer gave {len(scores)} scores for {len(waiting)} candidates")
        told = dict(zip(waiting, scores, strict=True))
        self.scores = [told.get(at) for at in range(len(self.programs))]

    def rank(self) -> BestOfN:
        """Choose."""
        scores = self.scores if self.scores is not None else [None] * len(self.programs)
        return rank(
            self.results,
            self.programs,
            self.problem.prompt,
            by=self.rules,
            scores=scores,
            weights=self.weights,
        )


def asked_of(
    group: Sequence[Problem],
    results: Sequence[CandidateResult],
    rules: tuple[By, ...],
    *,
    extract: bool,
) -> Iterator[Asked]:
    """Give every problem of a request the results that are its own."""
    start = 0
    for problem in group:
        own = results[start : start + len(problem.candidates)]
        start += len(own)
        weights = problem.tests.weights if isinstance(problem.tests, Suite) else None
        programs = _judged_programs(problem, own, extract=extract)
        yield Asked(problem, own, programs, rules, weights, problem.scores)


def _judged_programs(problem: Problem, own: Sequence[CandidateResult], *, extract: bool) -> list[str]:
    if own:
        return [
            result.extraction.program if result.extraction else given
            for result, given in zip(own, problem.candidates, strict=True)
        ]
    # Without a verdict nobody took the programs out; where there is none, the candidate stands for itself.
    return [(extract_program(each).program or each) if extract else each for each in problem.candidates]
