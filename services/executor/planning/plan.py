"""A request → distinct pieces of work → queue items. Pure.

A ``Unit`` is one program under one suite and one set of rules: what is judged once, cached under its key
and answered to every candidate that asks for it. A ``Chunk`` is what one queue item carries.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from clients.contract import Candidate
from services.executor.requests.validation import ValidRequest
from services.executor.sandbox import RUNNER_VERSION, Rules
from services.executor.sandbox.environment import EnvironmentSpec

ITEMS_PER_WORKER = 4
"""Queue items a request is split into for each worker, while they are small: enough that workers finish
together, few enough that the queue's own cost (1-2 ms an item) stays small."""


@dataclass(slots=True)
class Unit:
    """One distinct piece of work."""

    number: int
    suite: int
    """Position of its suite in the request."""
    kind: str
    """``program`` or ``completion``: what ``source`` is."""
    source: str
    key: str
    """Names the work and everything that decides its outcome."""
    rules: Rules
    members: list[int] = field(default_factory=list)
    """Positions of the candidates it answers."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Units of one suite that one queue item carries."""

    suite: int
    units: tuple[Unit, ...]


def suite_keys(valid_request: ValidRequest, environment: EnvironmentSpec) -> list[str]:
    """One digest per suite: its tests and the environment. Ids and weights decide no outcome."""
    return [
        _digest(
            RUNNER_VERSION,
            repr(environment),
            checked.suite.model_dump_json(exclude={"id", "weights"}),
            repr(sorted(checked.invalid)),
        )
        for checked in valid_request.suites
    ]


def make_units(
    valid_request: ValidRequest,
    members: Iterable[int],
    suite_key_of: Sequence[str],
    rules: Rules,
    first_number: int = 0,
) -> list[Unit]:
    """Group the candidates at ``members`` into distinct units, ordered by suite.

    Without the cache, too, equal candidates of one request are judged once.
    """
    place = {checked.suite.id: at for at, checked in enumerate(valid_request.suites)}
    ruling = _digest(rules.limits.model_dump_json(), rules.state, rules.on_timeout)
    prefixes = [hashlib.sha256(f"{key}{ruling}".encode()) for key in suite_key_of]
    units: dict[str, Unit] = {}
    for index in members:
        candidate = valid_request.request.candidates[index]
        suite = place[candidate.suite]
        name, source = source_of(candidate)
        digest = prefixes[suite].copy()
        digest.update(f"{name}\0{source}".encode())
        key = digest.hexdigest()
        unit = units.get(key)
        if unit is None:
            unit = units[key] = Unit(0, suite, name, source, key, rules)
        unit.members.append(index)
    ordered = sorted(units.values(), key=lambda unit: unit.suite)
    for number, unit in enumerate(ordered, first_number):
        unit.number = number
    return ordered


def source_of(candidate: Candidate) -> tuple[str, str]:
    """Which of the two texts was given, and the text."""
    if candidate.program is not None:
        return "program", candidate.program
    return "completion", candidate.completion or ""


def make_chunks(units: Sequence[Unit], workers: int, max_chunk: int) -> Iterator[Chunk]:
    """Split units, which are ordered by suite, into chunks of one suite each, as equal as they come."""
    share = ceil(len(units) / (max(workers, 1) * ITEMS_PER_WORKER))
    if len(units) <= max(workers, 1) * max_chunk // ITEMS_PER_WORKER:
        share = ceil(len(units) / max(workers, 1))  # a small request: one item a worker
    size = min(max(share, 1), max_chunk)
    start = 0
    while start < len(units):
        end = start
        while end < len(units) and units[end].suite == units[start].suite:
            end += 1
        pieces = ceil((end - start) / size)
        step = ceil((end - start) / pieces)
        for at in range(start, end, step):
            yield Chunk(units[start].suite, tuple(units[at : min(at + step, end)]))
        start = end


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
