"""Judges completions by ground truths and makes rewards of the results; every adapter uses it.

The address and the key of the service are read as by every client (``ACECODER_URL``, ``ACECODER_TOKEN``). Other
options of a request come from ``ACECODER_OPTIONS``: JSON of the options of ``clients.Executor.execute``, for instance
``{"reward": "signed", "environment": "scientific", "limits": {"cpu_s": 4}}``. All of them are read at the first call.

A ground truth may have any shape that ``clients.testspecs`` knows. An unknown shape raises an error that names the row.

If the service is unavailable, or gives no verdict on any candidate of a call, the call waits and is repeated:
``clients.adapters.outages``.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Unpack

from clients._transport import portal
from clients.adapters.completion_texts import completion_texts
from clients.adapters.outages import OutageGuard
from clients.contract import Candidate, CandidateResult, Suite, UnscorableReason
from clients.errors import NoVerdictError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request
from clients.testspecs import ground_truth_key, suite_from
from clients.testspecs.rules import find_rule_in_columns, find_rules, refuse_rule

COLUMNS = ("tests", "ground_truth", "test_cases", "verification_info", "labels", "label", "answer")
"""Columns in which data sets keep ground truths, the most usual first. ``ACECODER_COLUMN`` names another one."""


async def judge(
    completions: Sequence[object], truths: Sequence[object], **options: Unpack[RequestOptions]
) -> list[CandidateResult]:
    """Judge each completion (text or messages) by the ground truth at its position; equal ones share a suite.

    Raises:
        TypeError: a completion is neither text nor messages.
        ValueError: there is not one ground truth for each completion.
        UnknownTestSpecError: a ground truth has no known shape.
        AceCoderError: the service refuses the request, or is unavailable for longer than ``ACECODER_PAUSE_S``.
    """
    texts = completion_texts(completions)
    if len(texts) != len(truths):
        raise ValueError(
            f"{len(texts)} completions and {len(truths)} ground truths; give one for each completion"
        )
    if not texts:
        return []
    suites: dict[str, Suite] = {}
    candidates = []
    for row, (text, truth) in enumerate(zip(texts, truths, strict=True)):
        key = ground_truth_key(truth)
        if key not in suites:
            suites[key] = suite_from(truth, f"row{row}")
        candidates.append(Candidate(suite=suites[key].id, completion=text))
    request = build_request(candidates, list(suites.values()), {**_options_from_env(), **options})

    async def execute() -> list[CandidateResult]:
        return (await _executor().execute_request(request)).results

    return await _guard().call(execute, _is_outage)


def judge_sync(
    completions: Sequence[object], truths: Sequence[object], **options: Unpack[RequestOptions]
) -> list[CandidateResult]:
    """Do what ``judge`` does, for synchronous code. It also works inside a running event loop."""
    return portal.run(partial(judge, completions, truths, **options))


def reward_of(result: CandidateResult, **options: Unpack[RequestOptions]) -> float | None:
    """Return the reward: ``None`` if the service failed, the policy's lowest if the completion cannot be judged.

    ``options`` are those that ``judge`` was called with.
    """
    if result.reason is UnscorableReason.INVALID_INPUT:
        return build_request([], ["assert x"], {**_options_from_env(), **options}).reward.lowest
    return result.reward


def require_reward(result: CandidateResult) -> float:
    """Return the reward, for a framework that does not accept ``None``.

    Raises:
        NoVerdictError: there is no verdict, so there is no reward.
    """
    reward = reward_of(result)
    if reward is None:
        raise NoVerdictError(f"no verdict ({result.reason}): {result.detail}")
    return reward


def with_default_limits(**limits: float) -> dict[str, Any]:
    """Return ``limits``, in which limits from ``ACECODER_OPTIONS`` replace those of the same name."""
    return {**limits, **dict(_options_from_env().get("limits") or {})}


def ground_truths_of(columns: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return the ground truths of several rows, whose columns are lists; a column of checker programs goes with them.

    Raises:
        TypeError: the column is one text.
        ValueError: no column has the name that ``ACECODER_COLUMN`` gives, or one of the usual names; or a column that
            says that equality does not decide has another number of values.
    """
    column = _truth_in(columns)
    if isinstance(column, str):
        raise TypeError(
            "the column of tests is one text; give a list with one ground truth for each completion"
        )
    truths = list(column)
    rules = _rules_in(columns)
    for name, values in rules.items():
        if not isinstance(values, list | tuple) or len(values) != len(truths):
            raise refuse_rule(name, f"it has not one value for each of {len(truths)} rows")
    return [
        _with_rules(truth, {name: values[row] for name, values in rules.items()})
        for row, truth in enumerate(truths)
    ]


def ground_truth_of(row: Mapping[str, Any]) -> Any:
    """Return the ground truth of one row; a checker program in another field of the row goes with it.

    Raises:
        ValueError: no field has the name that ``ACECODER_COLUMN`` gives, or one of the usual names.
    """
    return _with_rules(_truth_in(row), _rules_in(row))


def _rules_in(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that say, for any row, that equality does not decide."""
    return {name: values for name, values in columns.items() if find_rule_in_columns({name: values})}


def _with_rules(truth: Any, rules: Mapping[str, Any]) -> Any:
    """Return a ground truth that ``suite_from`` reads together with the fields that say how it is judged."""
    says_so = find_rules(rules)
    return {"ground_truth": truth, **says_so} if says_so else truth


def _truth_in(columns: Mapping[str, Any]) -> Any:
    configured = os.environ.get("ACECODER_COLUMN")
    names = (configured,) if configured else COLUMNS
    for name in names:
        if columns.get(name) is not None:
            return columns[name]
    raise ValueError(
        f"no column of tests: looked for {', '.join(names)}; the columns are {', '.join(columns) or 'none'}. "
        f"Set ACECODER_COLUMN to the name of the column with the tests"
    )


def metrics_of(result: CandidateResult) -> dict[str, float]:
    """Return the numbers of a result that a trainer logs. Every result has the same keys."""
    return {
        "pass_rate": float(result.pass_rate or 0.0),
        "cpu_s": float(result.cpu_s),
        "time_limits": float(sum(test.outcome == "time_limit" for test in result.tests)),
        "unscorable": float(reward_of(result) is None),
    }


_OUTAGES = frozenset((UnscorableReason.DEADLINE, UnscorableReason.QUEUE_UNAVAILABLE))
"""Reasons that a candidate is not the cause of, unless it alone takes longer than a request's deadline."""


def _is_outage(results: Sequence[CandidateResult]) -> bool:
    """Whether there is no verdict on any candidate, because the service did not get to them."""
    return all(result.reason in _OUTAGES for result in results)


@cache
def _executor() -> AsyncExecutor:
    return AsyncExecutor()


@cache
def _guard() -> OutageGuard:
    return OutageGuard("executor")


@cache
def _options_from_env() -> RequestOptions:
    text = os.environ.get("ACECODER_OPTIONS") or "{}"
    try:
        options: RequestOptions = json.loads(text)
        build_request([], ["assert x"], options)  # raises if an option is wrong
    except (ValueError, TypeError) as error:
        raise ValueError(f"ACECODER_OPTIONS={text!r}: {error}") from error
    return options
