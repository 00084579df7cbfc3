"""Puts best-of-N problems into requests, and ranks each problem once its verdicts and scores have arrived. Pure.

``clients.selection.best_of_n`` sends and receives; ``clients.selection.ranking`` ranks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clients.completions.extraction import extract as extract_program
from clients.contract import Candidate, CandidateResult, ExecutionRequest, Suite
from clients.requests import RequestOptions, as_list, build_request, suite_from_asserts
from clients.selection.ranking import BestOfN, rank, still_tied
from clients.selection.rules import By

_BATCH_CANDIDATES = 512  # a batch of problems is sent when it has this many; keeps every worker busy


@dataclass(frozen=True, slots=True)
class Problem:
    """One prompt with its candidates, and the tests or scores to rank them by. For ``best_of_n_each``."""

    prompt: str
    candidates: Sequence[str]
    tests: Suite | Sequence[str] | None = None
    """Needed by every rule but ``rm``."""
    scores: Sequence[float | None] | None = None
    """For the rule ``rm``, one per candidate; without them the scorer is called."""


def batches(problems: Iterable[Problem], rules: Sequence[By]) -> Iterator[list[Problem]]:
    """Yield lists of problems, each for one request.

    Raises:
        TypeError: an item is not a problem.
        ValueError: a rule needs tests, and a problem has none.
    """
    batch: list[Problem] = []
    if isinstance(problems, Problem):
        raise TypeError("problems is of type Problem; give a list of problems, or call best_of_n")
    for at, problem in enumerate(problems):
        if not isinstance(problem, Problem):
            raise TypeError(
                f"problem {at} is of type {type(problem).__name__}; give Problem(prompt, candidates, tests)"
            )
        as_list(problem.candidates, f"problem {at}: candidates")
        if tuple(rules) != (By.RM,) and problem.tests is None:
            raise ValueError(f"problem {at}: by={'+'.join(rules)!r} needs 'tests', a suite or asserts")
        batch.append(problem)
        if sum(len(problem.candidates) for problem in batch) >= _BATCH_CANDIDATES:
            yield batch
            batch = []
    if batch:
        yield batch


def options_for(rules: Sequence[By], options: RequestOptions) -> RequestOptions:
    """Return the options of a request for verdicts by these rules: ``overlap`` needs values."""
    return {**options, "values": True} if By.OVERLAP in rules else options


def request_for(
    batch: Sequence[Problem], options: RequestOptions, *, extract: bool, first: int = 0
) -> ExecutionRequest:
    """Return the request for the candidates of every problem; ``first`` is the number of the first problem.

    Raises:
        TypeError: a candidate is not a text.
        ValueError: the contract refuses the request.
    """
    suites, candidates = [], []
    field = "completion" if extract else "program"
    for at, problem in enumerate(batch, first):
        name = f"problem {at}"  # suites of different problems may have the same id
        suites.append(_suite(problem.tests or [], name))
        for number, text in enumerate(as_list(problem.candidates, "candidates")):
            if not isinstance(text, str):
                raise TypeError(
                    f"{name}: candidates[{number}] is {type(text).__name__}; best-of-N takes them as text"
                )
            candidates.append(Candidate(suite=name, **{field: text}))
    return build_request(candidates, suites, options)


def _suite(tests: Suite | Sequence[str], name: str) -> Suite:
    if isinstance(tests, Suite):
        return tests.model_copy(update={"id": name})
    try:
        return suite_from_asserts(tests, name)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None


@dataclass
class PendingProblem:
    """One problem with its verdicts, before it is ranked."""

    problem: Problem
    results: Sequence[CandidateResult]
    programs: Sequence[str]
    rules: tuple[By, ...]
    weights: Sequence[float] | None
    scores: Sequence[float | None] | None

    def positions_to_score(self) -> list[int]:
        """Return the positions of the candidates that need a score: those that the rules before ``rm`` leave tied."""
        if By.RM not in self.rules or self.scores is not None:
            return []
        before = self.rules[: self.rules.index(By.RM)]
        if not before:
            return list(range(len(self.programs)))
        return still_tied(self.results, self.programs, by=before, weights=self.weights)

    def texts_at(self, positions: Sequence[int]) -> list[str]:
        """Return the candidates at these positions, as the scorer gets them."""
        return [self.problem.candidates[at] for at in positions]

    def set_scores(self, positions: Sequence[int], scores: Sequence[float | None]) -> None:
        """Record the scorer's scores of the candidates at these positions.

        Raises:
            ValueError: there is not one score per position.
        """
        if len(scores) != len(positions):
            raise ValueError(f"the scorer gave {len(scores)} scores for {len(positions)} candidates")
        score_by_position = dict(zip(positions, scores, strict=True))
        self.scores = [score_by_position.get(at) for at in range(len(self.programs))]

    def rank(self, at_least: float = 0.0) -> BestOfN:
        """Rank the candidates by all rules; no winner if the probability that it is right is below ``at_least``."""
        scores = self.scores if self.scores is not None else [None] * len(self.programs)
        return rank(
            self.results,
            self.programs,
            self.problem.prompt,
            by=self.rules,
            scores=scores,
            weights=self.weights,
            at_least=at_least,
        )


def pending_problems(
    batch: Sequence[Problem],
    results: Sequence[CandidateResult],
    rules: tuple[By, ...],
    *,
    extract: bool,
) -> Iterator[PendingProblem]:
    """Yield every problem of a request with its own part of the results."""
    start = 0
    for problem in batch:
        own_results = results[start : start + len(problem.candidates)]
        start += len(own_results)
        weights = problem.tests.weights if isinstance(problem.tests, Suite) else None
        programs = _judged_programs(problem, own_results, extract=extract)
        yield PendingProblem(problem, own_results, programs, rules, weights, problem.scores)


def _judged_programs(problem: Problem, results: Sequence[CandidateResult], *, extract: bool) -> list[str]:
    if results:
        return [
            result.extraction.program if result.extraction else candidate
            for result, candidate in zip(results, problem.candidates, strict=True)
        ]
    # Without verdicts the service extracted no programs. A candidate without a program counts as its own program.
    return [(extract_program(text).program or text) if extract else text for text in problem.candidates]
