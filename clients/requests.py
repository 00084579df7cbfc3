"""Builds execution requests from a caller's arguments, and raises errors that name a wrong argument. Pure.

Programs are not looked at, and no argument is corrected: a value of a wrong type is refused, and the error names
its position.
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
    WeakTests,
)
from clients.contract.validation_errors import summarize_errors

T = TypeVar("T")
Candidates = Sequence[str | Candidate]
"""Programs as text, or candidates that name their suite."""
Tests = Suite | Sequence[Suite] | Sequence[str]
"""One suite, several, or bare asserts."""

ONLY_SUITE = "suite"
"""Id of the suite that is made of bare asserts."""


class RequestOptions(TypedDict, total=False):
    """Optional fields of a request; ``ExecutionRequest`` documents them and their defaults."""

    environment: str
    limits: Limits | Mapping[str, Any]
    state: State | str
    on_timeout: OnTimeout | str
    reward: RewardPolicy | RewardKind | str | Mapping[str, Any]
    weak_tests: WeakTests | str
    values: bool
    priority: Priority | str | None
    run: str | None
    cache: bool
    deadline_s: float | None


def build_request(candidates: Candidates, tests: Tests, options: RequestOptions) -> ExecutionRequest:
    """Return the request that judges ``candidates`` by ``tests``.

    Text that is not valid Unicode (lone surrogates, left by a cut-off completion) is sent as it is: the service
    answers ``unscorable`` for that candidate.

    Raises:
        TypeError: an item is not a program, candidate, suite or assert; the message gives its position.
        ValueError: there are several suites and a candidate given as text names none, or the contract refuses a value.
    """
    suites = _suites(tests)
    items = as_list(candidates, "candidates")
    named = [_candidate(item, suites, position) for position, item in enumerate(items)]
    values: dict[str, Any] = {**options}
    try:
        return ExecutionRequest(suites=suites, candidates=named, **values)
    except ValidationError as error:
        raise ValueError(summarize_errors(error)) from None


def to_json(message: BaseModel, *, exclude_defaults: bool = True) -> bytes:
    """Return ``message`` as JSON. An unpaired surrogate, which UTF-8 cannot hold, becomes a JSON escape."""
    try:
        return message.model_dump_json(exclude_defaults=exclude_defaults).encode()
    except PydanticSerializationError:
        return json.dumps(message.model_dump(exclude_defaults=exclude_defaults)).encode()


def suite_from_asserts(asserts: Sequence[str], name: str = ONLY_SUITE) -> Suite:
    """Return a suite of bare asserts.

    Raises:
        TypeError: one of them is not text.
        ValueError: the list is empty.
    """
    items = as_list(asserts, "tests")
    for position, item in enumerate(items):
        if not isinstance(item, str):
            raise TypeError(f"tests[{position}] is {_type_name(item)}; an assert is text")
    if not items:
        raise ValueError("tests: the list is empty; give at least one assert")
    return Suite(id=name, asserts=items)


def _suites(tests: Tests) -> list[Suite]:
    if isinstance(tests, Suite):
        return [tests]
    items: list[Any] = as_list(tests, "tests")
    suites = [item for item in items if isinstance(item, Suite)]
    if not suites:
        return [suite_from_asserts(items)]
    if any(isinstance(item, str) for item in items):
        raise ValueError("tests: give suites or asserts, not both in one list")
    for position, item in enumerate(items):
        if not isinstance(item, Suite):
            raise TypeError(f"tests[{position}] is {_type_name(item)}; give Suite objects, as Suite(**row)")
    return suites


def _candidate(item: str | Candidate, suites: Sequence[Suite], position: int) -> Candidate:
    if isinstance(item, Candidate):
        return item
    if not isinstance(item, str):
        raise TypeError(
            f"candidates[{position}] is {_type_name(item)}; "
            f"give a program as text, or Candidate(suite=..., completion=...)"
        )
    if len(suites) != 1:
        raise ValueError(
            f"candidates[{position}] does not name one of the {len(suites)} suites; "
            f"give Candidate(suite=..., program=...)"
        )
    return Candidate(suite=suites[0].id, program=item)


def as_list(values: Iterable[T], name: str) -> list[T]:
    """Return ``values`` as a list.

    Raises:
        TypeError: ``values`` is not iterable, or is a text, bytes, a mapping or a model. Python iterates over
            these too, but gives characters, keys or fields, and not candidates or tests.
    """
    if isinstance(values, str | Mapping | bytes | BaseModel) or not isinstance(values, Iterable):
        hint = "a Suite, or a list of suites or of asserts" if name == "tests" else "a list of programs"
        raise TypeError(f"{name} is {_type_name(values)}; give {hint}")
    return list(values)


def _type_name(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
