"""What a caller gives → a request, or an error that says which argument is wrong. Pure.

Nothing here looks into a program, and nothing is corrected: a wrong type is refused by its place.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from clients.contract import (
    Candidate,
    ExecutionRequest,
    Limits,
    OnTimeout,
    Priority,
    RewardKind,
    RewardPolicy,
    State,
    Suite,
)
from clients.contract.validation_errors import summarize_errors

T = TypeVar("T")
Candidates = Sequence[str | Candidate]
"""Programs as text, or candidates that name their suite."""
Tests = Suite | Sequence[Suite] | Sequence[str]
"""One suite, several, or bare asserts."""

ONLY_SUITE = "suite"
"""Id of the suite that bare asserts become."""


class RequestOptions(TypedDict, total=False):
    """What a request may say besides programs and tests; the contract tells each one's default."""

    environment: str
    limits: Limits | Mapping[str, Any]
    state: State | str
    on_timeout: OnTimeout | str
    reward: RewardPolicy | RewardKind | str | Mapping[str, Any]
    priority: Priority | str | None
    cache: bool
    deadline_s: float | None


def build_request(candidates: Candidates, tests: Tests, options: RequestOptions) -> ExecutionRequest:
    """Return the request for ``candidates`` judged by ``tests``.

    Text that is no Unicode (lone surrogates, left by a cut-off completion) goes out as it is: the service
    answers ``unscorable`` for that candidate.

    Raises:
        TypeError: something else than programs, candidates, suites or asserts; the message says where.
        ValueError: a program in text form beside several suites, or anything the contract refuses.
    """
    suites = _suites(tests)
    named = [_candidate(each, suites, at) for at, each in enumerate(as_list(candidates, "candidates"))]
    given: dict[str, Any] = {**options}
    if isinstance(given.get("reward"), str):
        given["reward"] = {"kind": given["reward"]}
    try:
        return ExecutionRequest(suites=suites, candidates=named, **given)
    except ValidationError as error:
        raise ValueError(summarize_errors(error)) from None


def to_json(message: BaseModel, *, exclude_defaults: bool = True) -> bytes:
    """The message on the wire; half a surrogate pair, which UTF-8 cannot hold, as an escape."""
    try:
        return message.model_dump_json(exclude_defaults=exclude_defaults).encode()
    except PydanticSerializationError:
        return json.dumps(message.model_dump(exclude_defaults=exclude_defaults)).encode()


def suite_from_asserts(asserts: Sequence[str], name: str = ONLY_SUITE) -> Suite:
    """The suite that bare asserts become.

    Raises:
        TypeError: one of them is no text.
        ValueError: there are none.
    """
    given = as_list(asserts, "tests")
    for at, each in enumerate(given):
        if not isinstance(each, str):
            raise TypeError(f"tests[{at}] is {_kind(each)}; an assert is text")
    if not given:
        raise ValueError("tests: the list is empty; give at least one assert")
    return Suite(id=name, asserts=given)


def _suites(tests: Tests) -> list[Suite]:
    if isinstance(tests, Suite):
        return [tests]
    given: list[Any] = as_list(tests, "tests")
    suites = [each for each in given if isinstance(each, Suite)]
    if not suites:
        return [suite_from_asserts(given)]
    if any(isinstance(each, str) for each in given):
        raise ValueError("tests: give suites or asserts, not both in one list")
    for at, each in enumerate(given):
        if not isinstance(each, Suite):
            raise TypeError(f"tests[{at}] is {_kind(each)}; give Suite objects, as Suite(**row)")
    return suites


def _candidate(given: str | Candidate, suites: Sequence[Suite], at: int) -> Candidate:
    if isinstance(given, Candidate):
        return given
    if not isinstance(given, str):
        raise TypeError(
            f"candidates[{at}] is {_kind(given)}; give a program as text, or Candidate(suite=..., completion=...)"
        )
    if len(suites) != 1:
        raise ValueError(
            f"{len(suites)} suites: use Candidate(suite=..., program=...) to say which judges it"
        )
    return Candidate(suite=suites[0].id, program=given)


def as_list(given: Iterable[T], name: str) -> list[T]:
    """The items of ``given``, unless iterating it would yield something else."""
    if isinstance(given, str | Mapping | bytes | BaseModel) or not isinstance(given, Iterable):
        hint = "a Suite, or a list of suites or of asserts" if name == "tests" else "a list of programs"
        raise TypeError(f"{name} is {_kind(given)}; give {hint}")
    return list(given)


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
