"""Best-of-N: of N programs for one prompt, the one to keep, and why. The rules are ``clients.selection.ranking``'s.

Fetches what the rules look at: verdicts from the executor, scores from a reward model. A scorer (``RewardModel()`` if
none is given) is asked only about candidates that the rules before ``rm`` leave tied for the first place. Tests may be
a suite or imagined; for rules of consensus a suite's ``weights`` say how often each test was imagined.
"""

from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Protocol, Unpack

from clients._transport.concurrency import run_concurrently
from clients.contract import CandidateResult, Suite
from clients.executor import AsyncExecutor, Executor
from clients.requests import RequestOptions
from clients.reward_model import AsyncRewardModel, RewardModel
from clients.selection.problems import Asked, Problem, asked_of, groups, request_of
from clients.selection.ranking import BestOfN
from clients.selection.rules import By, Rules, rules_of


class Scorer(Protocol):
    """A reward model, as best-of-N asks it."""

    def __call__(self, prompt: str, candidates: Sequence[str], /) -> Sequence[float | None]:
        """Return one score per candidate, the higher the better; ``None`` where there is none."""


class AsyncScorer(Protocol):
    """As ``Scorer``, awaited."""

    def __call__(self, prompt: str, candidates: Sequence[str], /) -> Awaitable[Sequence[float | None]]:
        """Return one score per candidate."""


def best_of_n(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str] | None = None,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    scorer: Scorer | None = None,
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> BestOfN:
    """Return the best of ``candidates`` by the rules, with the reasons.

    ``by=("pass_rate", "rm")`` lets tests decide first and a reward model break ties. ``extract`` says whether
    candidates are completions to find a program in, or programs as they are; a scorer gets them as given.

    Raises:
        ValueError: a rule lacks what it looks at, or the contract refuses the request.
        AceCoderError: see ``clients.errors``.
    """
    problem = Problem(prompt, candidates, tests, scores)
    each = best_of_n_each([problem], by=by, scorer=scorer, executor=executor, extract=extract, **options)
    return next(each)


async def best_of_n_async(
    prompt: str,
    candidates: Sequence[str],
    *,
    tests: Suite | Sequence[str] | None = None,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    scorer: AsyncScorer | None = None,
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> BestOfN:
    """As ``best_of_n``."""
    problem = Problem(prompt, candidates, tests, scores)
    async with aclosing(
        best_of_n_each_async([problem], by=by, scorer=scorer, executor=executor, extract=extract, **options)
    ) as each:
        return await anext(each)


def best_of_n_each(
    problems: Iterable[Problem],
    *,
    by: Rules = By.PASS_RATE,
    scorer: Scorer | None = None,
    executor: Executor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> Iterator[BestOfN]:
    """Yield ``best_of_n`` of every problem, in order; problems travel together.

    Raises:
        ValueError: a rule lacks what it looks at, or the contract refuses a request.
        AceCoderError: see ``clients.errors``.
    """
    rules = rules_of(by)
    judges = rules != (By.RM,)
    client = executor or Executor() if judges else None
    model = RewardModel() if By.RM in rules and scorer is None else None
    ask = scorer or model
    try:
        for group in groups(problems, rules):
            results: Sequence[CandidateResult] = []
            if client is not None:
                results = client.execute_request(request_of(group, options, extract=extract)).results
            for asked in asked_of(group, results, rules, extract=extract):
                waiting = asked.waiting()
                if waiting and ask is not None:
                    asked.take(waiting, ask(asked.problem.prompt, asked.texts(waiting)))
                yield asked.rank()
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
    executor: AsyncExecutor | None = None,
    extract: bool = True,
    **options: Unpack[RequestOptions],
) -> AsyncGenerator[BestOfN, None]:
    """As ``best_of_n_each``; the scorer is asked about the problems of one request at the same time."""
    rules = rules_of(by)
    judges = rules != (By.RM,)
    client = executor or AsyncExecutor() if judges else None
    model = AsyncRewardModel() if By.RM in rules and scorer is None else None
    try:
        for group in groups(problems, rules):
            results: Sequence[CandidateResult] = []
            if client is not None:
                results = (await client.execute_request(request_of(group, options, extract=extract))).results
            every = list(asked_of(group, results, rules, extract=extract))
            await _score(every, scorer or model)
            for asked in every:
                yield asked.rank()
    finally:
        if executor is None and client is not None:
            await client.aclose()
        if model is not None:
            await model.aclose()


async def _score(every: Sequence[Asked], scorer: AsyncScorer | None) -> None:
    if scorer is None:
        return

    async def ask(asked: Asked, waiting: list[int]) -> None:
        asked.take(waiting, await scorer(asked.problem.prompt, asked.texts(waiting)))

    await run_concurrently([partial(ask, asked, waiting) for asked in every if (waiting := asked.waiting())])
