"""Picks the best of the candidates of a prompt: gets verdicts and scores from the services, and ranks by them.

Verdicts come from the executor, scores from a reward model; ``clients.selection.ranking`` ranks. A scorer
(``RewardModel()`` if none is given) is called only for candidates that the rules before ``rm`` leave tied for the
first place. Tests may be given or imagined; for rules of consensus a suite's ``weights`` say how often each test was
imagined.
"""

from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Protocol, Unpack

from clients._transport.concurrency import run_concurrently
from clients._transport.refusals import PartialRequest
from clients.contract import CandidateResult, Suite
from clients.executor import AsyncExecutor, Executor
from clients.requests import RequestOptions
from clients.reward_model import AsyncRewardModel, RewardModel
from clients.selection.execution import execute_usable, execute_usable_async
from clients.selection.problems import (
    PendingProblem,
    Problem,
    batches,
    options_for,
    pending_problems,
    request_for,
)
from clients.selection.ranking import BestOfN
from clients.selection.rules import By, Rules, check_at_least, rules_of


class Scorer(Protocol):
    """A reward model, as best-of-N calls it."""

    def __call__(self, prompt: str, candidates: Sequence[str], /) -> Sequence[float | None]:
        """Return one score per candidate, the higher the better; ``None`` where there is none."""


class AsyncScorer(Protocol):
    """A reward model that is awaited: ``Scorer`` for ``best_of_n_async``."""

    def __call__(self, prompt: str, candidates: Sequence[str], /) -> Awaitable[Sequence[float | None]]:
        """Return one score per candidate, the higher the better; ``None`` where there is none."""


def best_of_n(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str] | None = None,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    scorer: Scorer | None = None,
    at_least: float = 0.0,
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> BestOfN:
    """Return the best of ``candidates`` by the rules, with the reasons.

    ``by=("pass_rate", "rm")`` ranks by tests first and breaks ties with a reward model. ``extract`` says whether
    candidates are completions that contain a program, or are programs; a scorer gets them unchanged. With ``at_least``
    there is no winner if the probability that it is right is lower (``BestOfN.probability``; rules of consensus only).

    Raises:
        ValueError: a rule needs tests or scores that are not given, or the contract refuses the request.
        AceCoderError: see ``clients.errors``.
    """
    problem = Problem(prompt, candidates, tests, scores)
    return next(
        best_of_n_each(
            [problem], by=by, scorer=scorer, at_least=at_least, executor=executor, extract=extract, **options
        )
    )


async def best_of_n_async(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str] | None = None,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    scorer: AsyncScorer | None = None,
    at_least: float = 0.0,
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> BestOfN:
    """Return the best of ``candidates`` by the rules, with the reasons: ``best_of_n``, awaited.

    ``scorer`` is awaited too. Without ``executor`` an ``AsyncExecutor`` is opened for this call.

    Raises:
        ValueError: a rule needs tests or scores that are not given, or the contract refuses the request.
        AceCoderError: see ``clients.errors``.
    """
    problem = Problem(prompt, candidates, tests, scores)
    async with aclosing(
        best_of_n_each_async(
            [problem], by=by, scorer=scorer, at_least=at_least, executor=executor, extract=extract, **options
        )
    ) as results:
        return await anext(results)


def best_of_n_each(
    problems: Iterable[Problem],
    *,
    by: Rules = By.PASS_RATE,
    scorer: Scorer | None = None,
    at_least: float = 0.0,
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> Iterator[BestOfN]:
    """Yield ``best_of_n`` of every problem, in order; problems are sent in batches of about 512 candidates.

    A problem whose tests the service refuses has no winner, and its reasons say why; the others are judged.

    Raises:
        ValueError: a rule needs tests or scores that are not given, or the contract refuses a request.
        AceCoderError: see ``clients.errors``.
    """
    rules = rules_of(by)
    check_at_least(at_least, rules)
    options = options_for(rules, options)
    needs_tests = rules != (By.RM,)
    client = executor or Executor() if needs_tests else None
    model = RewardModel() if By.RM in rules and scorer is None else None
    score = scorer or model
    try:
        first, is_any_judged = 0, False
        for batch in batches(problems, rules):
            results: Sequence[CandidateResult] = []
            if client is not None:
                part = PartialRequest(request_for(batch, options, extract=extract, first=first))
                results = execute_usable(client, part, is_any_judged=is_any_judged)
                is_any_judged = is_any_judged or not part.is_empty
            first += len(batch)
            for pending in pending_problems(batch, results, rules, extract=extract):
                positions = pending.positions_to_score()
                if positions and score is not None:
                    pending.set_scores(positions, score(pending.problem.prompt, pending.texts_at(positions)))
                yield pending.rank(at_least)
    finally:
        if executor is None and client is not None:
            client.close()
        if model is not None:
            model.close()


async def best_of_n_each_async(
    problems: Iterable[Problem],
    *,
    by: Rules = By.PASS_RATE,
    scorer: AsyncScorer | None = None,
    at_least: float = 0.0,
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> AsyncGenerator[BestOfN, None]:
    """Yield ``best_of_n_async`` of every problem, in order; the problems of one batch are scored concurrently.

    A problem whose tests the service refuses has no winner, and its reasons say why; the others are judged.

    Raises:
        ValueError: a rule needs tests or scores that are not given, or the contract refuses a request.
        AceCoderError: see ``clients.errors``.
    """
    rules = rules_of(by)
    check_at_least(at_least, rules)
    options = options_for(rules, options)
    needs_tests = rules != (By.RM,)
    client = executor or AsyncExecutor() if needs_tests else None
    model = AsyncRewardModel() if By.RM in rules and scorer is None else None
    try:
        first, is_any_judged = 0, False
        for batch in batches(problems, rules):
            results: Sequence[CandidateResult] = []
            if client is not None:
                part = PartialRequest(request_for(batch, options, extract=extract, first=first))
                results = await execute_usable_async(client, part, is_any_judged=is_any_judged)
                is_any_judged = is_any_judged or not part.is_empty
            first += len(batch)
            judged = list(pending_problems(batch, results, rules, extract=extract))
            await _score(judged, scorer or model)
            for pending in judged:
                yield pending.rank(at_least)
    finally:
        if executor is None and client is not None:
            await client.aclose()
        if model is not None:
            await model.aclose()


async def _score(problems: Sequence[PendingProblem], scorer: AsyncScorer | None) -> None:
    if scorer is None:
        return

    async def score(pending: PendingProblem, positions: list[int]) -> None:
        pending.set_scores(positions, await scorer(pending.problem.prompt, pending.texts_at(positions)))

    await run_concurrently(
        [partial(score, pending, at) for pending in problems if (at := pending.positions_to_score())]
    )
