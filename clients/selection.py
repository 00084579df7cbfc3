"""Best-of-N: of N programs for one prompt, the one to keep, and why.

The rule, in this order: the higher pass rate; fewer passes in which the program's own classes had a say;
more candidates with the very same outcomes (agreement is evidence); the shorter program; the lower index.
The last two are there so that the same input always gives the same winner, not because they are evidence.

A candidate without a verdict is never ranked and never wins. With no verdict at all there is no winner.
``rank`` decides and does no I/O; the rest fetches verdicts. Ranking by the tests that also grade the winner
is an oracle: report it as such.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Unpack

from clients._requests import Options, build, listed, suite_of
from clients.contract import Candidate, CandidateResult, ExecutionRequest, Status, Suite
from clients.errors import NothingScorableError
from clients.executor import AsyncExecutor, Executor

_CANDIDATES_AT_ONCE = 512  # problems are sent together until this many; keeps every worker fed


@dataclass(frozen=True, slots=True)
class BestOfN:
    """The outcome of one best-of-N."""

    prompt: str
    """What the candidates answer."""
    winner: int | None
    """Position of the best candidate; ``None`` if none has a verdict."""
    program: str | None
    """The winner's program."""
    reasons: list[str]
    """Why the winner won, rule by rule; or why there is none."""
    ranking: list[int]
    """Positions of all candidates that have a verdict, best first."""
    unscorable: dict[int, str]
    """Position of each candidate without a verdict, and why."""
    results: list[CandidateResult]
    """The verdicts, in the candidates' order."""

    @property
    def best(self) -> str:
        """The winner's program.

        Raises:
            NothingScorableError: there is no winner.
        """
        if self.program is None:
            raise NothingScorableError("; ".join(self.reasons))
        return self.program


@dataclass(frozen=True, slots=True)
class Problem:
    """One prompt with its candidates and tests, for ``best_of_n_each``."""

    prompt: str
    candidates: Sequence[str]
    tests: Suite | Sequence[str]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the rule looks at, for one candidate; smaller keys are better."""

    index: int
    pass_rate: float
    resting: int
    agreeing: int
    chars: int

    def key(self) -> tuple[float, int, int, int, int]:
        return (-self.pass_rate, self.resting, -self.agreeing, self.chars, self.index)


def rank(results: Sequence[CandidateResult], programs: Sequence[str], prompt: str = "") -> BestOfN:
    """Rank verdicts; ``programs[i]`` is what ``results[i]`` judged. Pure and deterministic."""
    judged = [at for at, result in enumerate(results) if _has_verdict(result)]
    unscorable = {
        at: f"{result.reason or 'no pass rate'}: {result.detail}".removesuffix(": ")
        for at, result in enumerate(results)
        if not _has_verdict(result)
    }
    if not judged:
        reasons = [f"none of the {len(results)} candidates has a verdict", *sorted(set(unscorable.values()))]
        return BestOfN(prompt, None, None, reasons, [], unscorable, list(results))
    vectors = {at: tuple(test.outcome for test in results[at].tests) for at in judged}
    votes = Counter(vectors.values())
    standings = sorted(
        (_standing(at, results[at], votes[vectors[at]], programs[at]) for at in judged), key=_Standing.key
    )
    winner = standings[0].index
    ranking = [standing.index for standing in standings]
    return BestOfN(prompt, winner, programs[winner], _reasons(standings), ranking, unscorable, list(results))


def best_of_n(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str],
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[Options],
) -> BestOfN:
    """Judge ``candidates`` by ``tests`` and return the best with the reasons.

    ``extract`` says whether candidates are completions to find a program in, or programs as they are.

    Raises:
        ValueError: the contract refuses the request.
        AceCoderError: see ``clients.errors``.
    """
    problem = Problem(prompt, candidates, tests)
    return next(best_of_n_each([problem], executor=executor, extract=extract, **options))


async def best_of_n_async(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str],
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[Options],
) -> BestOfN:
    """As ``best_of_n``."""
    problem = Problem(prompt, candidates, tests)
    async with aclosing(
        best_of_n_each_async([problem], executor=executor, extract=extract, **options)
    ) as each:
        return await anext(each)


def best_of_n_each(
    problems: Iterable[Problem],
    *,
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[Options],
) -> Iterator[BestOfN]:
    """Yield ``best_of_n`` of every problem, in order; problems travel together.

    Raises:
        ValueError: the contract refuses a request.
        AceCoderError: see ``clients.errors``.
    """
    client = executor or Executor()
    try:
        for group in _groups(problems):
            response = client.execute_request(_request(group, options, extract=extract))
            yield from _collect(group, response.results)
    finally:
        if executor is None:
            client.close()


async def best_of_n_each_async(
    problems: Iterable[Problem],
    *,
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[Options],
) -> AsyncGenerator[BestOfN, None]:
    """As ``best_of_n_each``."""
    client = executor or AsyncExecutor()
    try:
        for group in _groups(problems):
            response = await client.execute_request(_request(group, options, extract=extract))
            for found in _collect(group, response.results):
                yield found
    finally:
        if executor is None:
            await client.aclose()


def _has_verdict(result: CandidateResult) -> bool:
    return result.status is Status.JUDGED and result.pass_rate is not None


def _standing(at: int, result: CandidateResult, votes: int, program: str) -> _Standing:
    resting = sum(test.rests_on_program for test in result.tests)
    return _Standing(at, result.pass_rate or 0.0, resting, votes, len(program))


def _reasons(standings: Sequence[_Standing]) -> list[str]:
    """Say, rule by rule, how the field narrowed to the winner."""
    first, *left = standings
    reasons = [f"candidate {first.index} has the highest pass rate, {first.pass_rate:.4g}"]
    if first.pass_rate == 0:
        reasons = [f"no candidate passed a test; candidate {first.index} is first by the rules for ties"]
    rules = (
        ("pass_rate", ""),
        ("resting", "fewer of its passes rest on its own classes"),
        ("agreeing", f"{first.agreeing} candidates have the same outcomes, more than any other's"),
        ("chars", "it is shorter"),
        ("index", "it came first"),
    )
    for field, reason in rules:
        tied = [each for each in left if getattr(each, field) == getattr(first, field)]
        if reason and len(tied) < len(left):
            reasons.append(f"of {len(left) + 1} tied: {reason}")
        left = tied
    return reasons


def _groups(problems: Iterable[Problem]) -> Iterator[list[Problem]]:
    group: list[Problem] = []
    for problem in problems:
        group.append(problem)
        if sum(len(each.candidates) for each in group) >= _CANDIDATES_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _request(group: Sequence[Problem], options: Options, *, extract: bool) -> ExecutionRequest:
    suites, candidates = [], []
    field = "completion" if extract else "program"
    for at, problem in enumerate(group):
        name = str(at)  # suites of different problems may have the same id
        suites.append(_suite(problem.tests, name))
        for place, each in enumerate(listed(problem.candidates, "candidates")):
            if not isinstance(each, str):
                raise TypeError(f"candidates[{place}] is {type(each).__name__}; best-of-N takes them as text")
            candidates.append(Candidate(suite=name, **{field: each}))
    return build(candidates, suites, options)


def _suite(tests: Suite | Sequence[str], name: str) -> Suite:
    if isinstance(tests, Suite):
        return tests.model_copy(update={"id": name})
    return suite_of(tests, name)


def _collect(group: Sequence[Problem], results: Sequence[CandidateResult]) -> Iterator[BestOfN]:
    start = 0
    for problem in group:
        own = results[start : start + len(problem.candidates)]
        start += len(own)
        programs = [
            result.extraction.program if result.extraction else given
            for result, given in zip(own, problem.candidates, strict=True)
        ]
        yield rank(own, programs, problem.prompt)
