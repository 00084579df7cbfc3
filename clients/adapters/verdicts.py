"""What every adapter stands on: completions and ground truths in, one result each out.

The service is found as every client finds it (``ACECODER_URL``, ``ACECODER_TOKEN``). What else a request may say is
declared, not coded: ``ACECODER_OPTIONS`` is JSON of ``clients.Executor.execute``'s options, for instance
``{"reward": "signed", "environment": "scientific", "limits": {"cpu_s": 4}}``. Both are read at the first call.

A ground truth may have any shape that ``clients.testspecs`` knows; one it does not know raises, naming the row.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Unpack

from clients._transport import portal
from clients.contract import Candidate, CandidateResult, RewardPolicy, Suite, UnscorableReason
from clients.errors import NoVerdictError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request
from clients.testspecs import ground_truth_key, suite_from

COLUMNS = ("tests", "ground_truth", "test_cases", "verification_info", "labels", "label", "answer")
"""Where data sets keep ground truths, the usual names first; ``ACECODER_COLUMN`` names another."""


async def judge(
    completions: Sequence[object], truths: Sequence[object], **options: Unpack[RequestOptions]
) -> list[CandidateResult]:
    """Judge each completion (text or messages) by the ground truth beside it; equal ground truths share a suite.

    Raises:
        UnknownTestSpecError: a ground truth means no tests.
        AceCoderError: the service refuses, or is away for longer than the client tries.
    """
    if not completions:
        return []
    suites: dict[str, Suite] = {}
    candidates = []
    for at, (completion, truth) in enumerate(zip(completions, truths, strict=True)):
        key = ground_truth_key(truth)
        if key not in suites:
            suites[key] = suite_from(truth, f"row{at}")
        candidates.append(Candidate(suite=suites[key].id, completion=text_of(completion)))
    request = build_request(candidates, list(suites.values()), {**_declared(), **options})
    return (await _executor().execute_request(request)).results


def judge_sync(
    completions: Sequence[object], truths: Sequence[object], **options: Unpack[RequestOptions]
) -> list[CandidateResult]:
    """As ``judge``, for synchronous code; works inside a running event loop too."""
    return portal.run(partial(judge, completions, truths, **options))


def reward_of(result: CandidateResult) -> float | None:
    """The reward; ``None`` if the machinery failed, the lowest if the completion cannot be read at all."""
    if result.reason is UnscorableReason.INVALID_INPUT:
        return _reward_policy().lowest
    return result.reward


def certain(result: CandidateResult) -> float:
    """The reward, for a framework that knows no ``None``.

    Raises:
        NoVerdictError: there is none.
    """
    reward = reward_of(result)
    if reward is None:
        raise NoVerdictError(f"no verdict ({result.reason}): {result.detail}")
    return reward


def limited(**limits: float) -> dict[str, Any]:
    """Limits of an adapter's own, where ``ACECODER_OPTIONS`` declares no other."""
    return {**limits, **dict(_declared().get("limits") or {})}


def truths_of(columns: Mapping[str, Any]) -> Any:
    """The column of ground truths.

    Raises:
        ValueError: none of the usual names is there.
    """
    named = os.environ.get("ACECODER_COLUMN")
    for name in (named,) if named else COLUMNS:
        if columns.get(name) is not None:
            return columns[name]
    known = ", ".join(columns) or "none"
    wanted = named or ", ".join(COLUMNS)
    raise ValueError(
        f"no column of tests: looked for {wanted}; there are {known}. Set ACECODER_COLUMN to its name"
    )


def text_of(completion: object) -> str:
    """A completion as text: of messages, the last one's content."""
    if isinstance(completion, Sequence) and not isinstance(completion, str):
        last = completion[-1] if completion else ""
        completion = last.get("content") if isinstance(last, Mapping) else last
    return completion if isinstance(completion, str) else ""


def numbers_of(result: CandidateResult) -> dict[str, float]:
    """What is worth logging of a result: the same keys for every one."""
    return {
        "pass_rate": float(result.pass_rate or 0.0),
        "cpu_s": float(result.cpu_s),
        "time_limits": float(sum(test.outcome == "time_limit" for test in result.tests)),
        "unscorable": float(reward_of(result) is None),
    }


@cache
def _executor() -> AsyncExecutor:
    return AsyncExecutor()


@cache
def _declared() -> RequestOptions:
    text = os.environ.get("ACECODER_OPTIONS") or "{}"
    try:
        declared: RequestOptions = json.loads(text)
        build_request([], ["assert x"], declared)
    except (ValueError, TypeError) as error:
        raise ValueError(f"ACECODER_OPTIONS={text!r}: {error}") from error
    return declared


def _reward_policy() -> RewardPolicy:
    return build_request([], ["assert x"], _declared()).reward
