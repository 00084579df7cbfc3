"""Parses and validates requests. Pure.

A candidate that cannot be judged does not fail its batch: it is listed in ``faults``, and the others are run. If the
request itself is wrong (a field, a limit, a suite), all of it is refused, with the item that is wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from clients.contract import (
    Candidate,
    ExecutionRequest,
    FieldError,
    RewardKind,
    Slug,
    Suite,
    UnscorableReason,
)
from clients.contract.validation_errors import MAX_ERRORS
from services.common.problem_error import ProblemError, invalid_request
from services.common.surrogates import LONE_SURROGATE, is_unicode, load_lenient
from services.executor.requests.suites import CheckedSuite, check_suite, count_chars
from services.executor.results.records import Fault
from services.executor.settings import Caps, ExecutorSettings


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A request that can be run."""

    request: ExecutionRequest
    suites: list[CheckedSuite]
    """In request order."""
    faults: dict[int, Fault]
    """Position of each candidate that cannot be judged as sent → the reason."""
    deadline_s: float


def validate_request(body: bytes, settings: ExecutorSettings) -> ValidRequest:
    """Parse and validate the body of a request.

    Raises:
        ProblemError: the request as a whole cannot be run.
    """
    return validate(*parse(body), settings)


def validate(
    request: ExecutionRequest, unreadable: Mapping[int, str], settings: ExecutorSettings
) -> ValidRequest:
    """Validate a request that was parsed; ``unreadable`` are candidates without valid text, by position: see ``parse``.

    Raises:
        ProblemError: the request as a whole cannot be run.
    """
    _check_environment(request, settings)
    _check_caps(request, settings)
    suites = _check_suites(request, settings)
    faults = {
        index: Fault(UnscorableReason.INVALID_INPUT, detail)
        for index, candidate in enumerate(request.candidates)
        if (detail := unreadable.get(index) or _source_fault(candidate, settings.max_program_bytes))
    }
    return ValidRequest(request, suites, faults, request.deadline_s or settings.default_deadline_s)


def parse(body: bytes) -> tuple[ExecutionRequest, dict[int, str]]:
    """Parse the body of a request; also returns the candidates whose text is not valid Unicode, with the reason.

    Raises:
        ProblemError: ``malformed-json`` or ``invalid-request``.
    """
    try:
        return ExecutionRequest.model_validate_json(body), {}
    except ValidationError as exc:
        return _parse_leniently(body, exc)


def _parse_leniently(body: bytes, strict: ValidationError) -> tuple[ExecutionRequest, dict[int, str]]:
    """Parse a body that the strict parser refused with the error ``strict``.

    An unpaired surrogate fails the candidate that has it, and only that one: the candidate is named, and its program
    is never changed to one that its author did not write. In a suite or an option it refuses the request.
    """
    data = load_lenient(body, strict)
    unreadable = _remove_lone_surrogates(data)
    try:
        request = ExecutionRequest.model_validate(data)
    except ValidationError as exc:
        raise invalid_request(exc) from exc
    for index, suite in enumerate(data["suites"]):
        if not is_unicode(json.dumps(suite, ensure_ascii=False)):
            errors = [FieldError(field=f"suites[{index}]", message=LONE_SURROGATE)]
            raise ProblemError(Slug.INVALID_REQUEST, f"suites[{index}]: {LONE_SURROGATE}", errors=errors)
    if not is_unicode(json.dumps(data, ensure_ascii=False)):
        raise ProblemError(Slug.INVALID_REQUEST, f"an option {LONE_SURROGATE}")
    return request, unreadable


def _remove_lone_surrogates(data: object) -> dict[int, str]:
    """Empty the programs and completions that are not valid Unicode; return why, by position of the candidate."""
    unreadable: dict[int, str] = {}
    candidates: Any = data.get("candidates") if isinstance(data, dict) else None
    for index, candidate in enumerate(candidates if isinstance(candidates, list) else ()):
        for field in ("program", "completion"):
            text = candidate.get(field) if isinstance(candidate, dict) else None
            if isinstance(text, str) and not is_unicode(text):
                candidate[field] = ""
                unreadable[index] = f"{field}: {LONE_SURROGATE}"
    return unreadable


def _source_fault(candidate: Candidate, max_bytes: int) -> str:
    field = "program" if candidate.program is not None else "completion"
    text = candidate.program if candidate.program is not None else candidate.completion or ""
    if len(text) > max_bytes or (not text.isascii() and len(text.encode()) > max_bytes):
        return f"{field}: larger than {max_bytes} bytes; send a shorter one"
    if "\0" in text:
        return f"{field}: holds a NUL character; remove it"
    return ""


def _check_environment(request: ExecutionRequest, settings: ExecutorSettings) -> None:
    if request.environment not in settings.environments:
        names = ", ".join(settings.environments)
        raise ProblemError(
            Slug.UNKNOWN_ENVIRONMENT,
            f"No environment {request.environment!r}; choose one of: {names}.",
            errors=[FieldError(field="environment", message=f"choose one of: {names}")],
        )


def over_caps(limits: Mapping[str, object], caps: Caps) -> list[FieldError]:
    """Return an error for each limit that is above its cap."""
    return [
        FieldError(field=f"limits.{name}", message=f"{value} is above the server's cap of {cap}; lower it")
        for name, cap in caps
        if isinstance(value := limits.get(name), int | float) and value > cap
    ]


def _check_caps(request: ExecutionRequest, settings: ExecutorSettings) -> None:
    errors = over_caps(request.limits.model_dump(), settings.caps)
    deadline = request.deadline_s
    if deadline is not None and deadline > settings.max_deadline_s:
        message = f"{deadline} is above the server's cap of {settings.max_deadline_s}; lower it"
        errors.append(FieldError(field="deadline_s", message=message))
    if errors:
        detail = f"{errors[0].field}: {errors[0].message}."
        raise ProblemError(Slug.LIMIT_ABOVE_CAP, detail, errors=errors)


def _check_suites(request: ExecutionRequest, settings: ExecutorSettings) -> list[CheckedSuite]:
    too_large = [
        FieldError(field=f"suites[{index}]", message=message)
        for index, suite in enumerate(request.suites)
        if (message := _size_fault(suite, settings))
    ]
    if too_large:
        detail = f"{too_large[0].field}: {too_large[0].message}."
        raise ProblemError(Slug.INVALID_REQUEST, detail, errors=too_large[:MAX_ERRORS])
    checked = [check_suite(suite) for suite in request.suites]
    errors = [
        FieldError(field=f"suites[{index}]", message=message)
        for index, suite in enumerate(checked)
        if (message := _suite_fault(suite, request.reward.kind))
    ]
    if errors:
        raise ProblemError(
            Slug.INVALID_SUITE, f"{errors[0].field}: {errors[0].message}.", errors=errors[:MAX_ERRORS]
        )
    return checked


def _size_fault(suite: Suite, settings: ExecutorSettings) -> str:
    if suite.size > settings.max_tests:
        return f"suite {suite.id!r} has {suite.size} tests, above the cap of {settings.max_tests}; split it"
    if count_chars(suite) > settings.max_suite_bytes:
        return f"suite {suite.id!r} is larger than {settings.max_suite_bytes} bytes; split it"
    return ""


def _suite_fault(checked: CheckedSuite, reward: RewardKind) -> str:
    suite = checked.suite
    if len(checked.invalid) == suite.size:
        first = checked.invalid[0]
        return (
            f"suite {suite.id!r} has no valid test (the first: {first}); correct its tests, or leave it out"
        )
    if reward is RewardKind.WEIGHTED and suite.weights is not None:
        weights = [weight for t, weight in enumerate(suite.weights) if t not in checked.invalid]
        if sum(weights) <= 0:
            return f"the weights of suite {suite.id!r}'s valid tests sum to 0; make one positive"
    return ""
