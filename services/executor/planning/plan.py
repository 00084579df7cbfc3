"""Turns the candidates of a request into units and chunks. Pure.

A ``Unit`` is one program with one suite and one set of rules. It is judged once and cached under its key; its result
goes to every candidate that is the same. A ``Chunk`` is the units that one queue item carries
(``docs/design/0002-chunks-and-streams.md``).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from clients.contract import Candidate, ExecutionRequest, WeakTests
from services.executor.kinds.null_programs import MOST_NULL_PROGRAMS
from services.executor.kinds.registry import kind_of
from services.executor.requests.validation import ValidRequest
from services.executor.sandbox import RUNNER_VERSION, Rules
from services.executor.sandbox.environment import EnvironmentSpec

ITEMS_PER_WORKER = 4
"""Queue items per worker that waiting work is split into, up to the largest chunk: enough that the workers finish at
about the same time, few enough that the queue's own cost (1-2 ms an item) stays small."""
LONG_CHUNK_S = 0.25
"""Expected worker seconds up to which a chunk grows because other work waits. A chunk costs a worker about 10 ms
whatever its size: 4 % of this. More units would save nothing, and would be judged one after another."""


TRAILING_BLANKS = " \t\r\n"
"""Blanks at the end of a program that its code does not depend on. Samples of one model often differ only in these: of
6104 different programs in 8200 samples of CodeGen, 201 do. Other blanks of Unicode are errors in a program."""


@dataclass(slots=True)
class Unit:
    """One program with one suite and one set of rules."""

    number: int
    suite: int
    """Position of its suite in the request."""
    source_kind: str
    """``program`` or ``completion``: what ``source`` is."""
    source: str
    key: str
    """Digest of everything that decides its outcome: program, suite, rules, environment, version of the runner."""
    rules: Rules
    members: list[int] = field(default_factory=list)
    """Positions of its candidates in the request; a null program has none."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Units of one suite that one queue item carries."""

    suite: int
    units: tuple[Unit, ...]
    is_last: bool = True
    """Whether no further chunk of this suite follows in the same cut: its checker is then not needed any more."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is known of the queue when a request is cut into chunks."""

    units: int = 0
    """Units that wait and are judged before the last one of the request (``planning.flows.count_before``)."""
    unit_s: float | None = None
    """Worker seconds of a unit in the latest chunk of the request's flow; ``None``: none was judged lately."""


NO_BACKLOG = Backlog()


def suite_keys(valid_request: ValidRequest, environment: EnvironmentSpec) -> list[str]:
    """Return one digest per suite: of its tests and the environment.

    Ids and weights are left out: they decide no outcome.
    """
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
    """Group the candidates at the positions ``members`` into units, ordered by suite.

    Equal candidates of one request, and programs that differ only in blanks at their end, are judged once, even if the
    request does not use the cache.
    """
    suite_index_of = {checked.suite.id: index for index, checked in enumerate(valid_request.suites)}
    prefixes = [_rules_prefix(key, rules) for key in suite_key_of]
    units: dict[str, Unit] = {}
    for index in members:
        candidate = valid_request.request.candidates[index]
        suite = suite_index_of[candidate.suite]
        source_kind, source = source_of(candidate)
        key = _unit_key(prefixes[suite], source_kind, source)
        unit = units.get(key)
        if unit is None:
            unit = units[key] = Unit(0, suite, source_kind, source, key, rules)
        unit.members.append(index)
    ordered = sorted(units.values(), key=lambda unit: unit.suite)
    for number, unit in enumerate(ordered, first_number):
        unit.number = number
    return ordered


def count_null_programs(request: ExecutionRequest) -> int:
    """Return how many null programs are judged beside the candidates, at most: each counts in limits as a candidate."""
    return most_null_programs(request.weak_tests, len(request.suites))


def most_null_programs(weak_tests: WeakTests, suites: int) -> int:
    """Return how many null programs so many suites have, at most."""
    return 0 if weak_tests is WeakTests.IGNORE else MOST_NULL_PROGRAMS * suites


def null_units(
    valid_request: ValidRequest,
    suites: Iterable[int],
    suite_key_of: Sequence[str],
    rules: Rules,
    first_number: int,
) -> list[Unit]:
    """Return a unit without candidates for each null program of the suites at these positions, ordered by suite."""
    units: list[Unit] = []
    for suite in sorted(suites):
        prefix = _rules_prefix(suite_key_of[suite], rules)
        checked = valid_request.suites[suite].suite
        for source in kind_of(checked).null_programs(checked).values():
            key = _unit_key(prefix, "program", source)
            units.append(Unit(first_number + len(units), suite, "program", source, key, rules))
    return units


def source_of(candidate: Candidate) -> tuple[str, str]:
    """Return which text the candidate has, ``program`` or ``completion``, and the text."""
    if candidate.program is not None:
        return "program", candidate.program
    return "completion", candidate.completion or ""


def chunk_size(units: int, workers: int, max_chunk: int, backlog: Backlog = NO_BACKLOG) -> int:
    """Return how many units of a request go into one chunk, at most.

    If no other work waits, the request is cut for all workers. The more waits before it, the larger its chunks are,
    because all workers are busy meanwhile. They stay small while the speed of the flow's programs is not known, and if
    the programs are slow.
    """
    workers = max(workers, 1)
    size = ceil(units / (workers * ITEMS_PER_WORKER))
    if units <= workers * max_chunk // ITEMS_PER_WORKER:
        size = ceil(units / workers)  # a small request: one item per worker
    if backlog.units and backlog.unit_s:
        grown = ceil((units + backlog.units) / (workers * ITEMS_PER_WORKER))
        size = max(size, min(grown, int(LONG_CHUNK_S / backlog.unit_s)))
    return min(max(size, 1), max_chunk)


def depends_on_backlog(units: Sequence[Unit], workers: int, max_chunk: int) -> bool:
    """Return whether a backlog could change the chunks.

    It does not if each suite is one chunk without it, or if the chunks are the largest ones.
    """
    smallest = chunk_size(len(units), workers, max_chunk)
    most = max(Counter(unit.suite for unit in units).values(), default=0)
    return smallest < min(most, max_chunk)


def make_chunks(
    units: Sequence[Unit], workers: int, max_chunk: int, backlog: Backlog = NO_BACKLOG
) -> Iterator[Chunk]:
    """Split units, which are ordered by suite, into chunks of one suite each, of about equal size."""
    size = chunk_size(len(units), workers, max_chunk, backlog)
    start = 0
    while start < len(units):
        end = start
        while end < len(units) and units[end].suite == units[start].suite:
            end += 1
        pieces = ceil((end - start) / size)
        step = ceil((end - start) / pieces)
        for first in range(start, end, step):
            after = min(first + step, end)
            yield Chunk(units[start].suite, tuple(units[first:after]), is_last=after == end)
        start = end


def _rules_prefix(suite_key: str, rules: Rules) -> "hashlib._Hash":
    """Return the digest that the keys of all programs of one suite with the same rules begin with."""
    # A result without values must not be served to a request that wants them, nor the other way round.
    values = ["values"] if rules.values else []
    rules_digest = _digest(rules.limits.model_dump_json(), rules.state, rules.on_timeout, *values)
    return hashlib.sha256(f"{suite_key}{rules_digest}".encode())


def _unit_key(prefix: "hashlib._Hash", source_kind: str, source: str) -> str:
    """Return the key of a unit. Blanks at the end of a program change nothing that it does, except behind a backslash,
    which continues its line.
    """
    text = source.rstrip(TRAILING_BLANKS) if source_kind == "program" else source
    if text.endswith("\\"):
        text = source
    digest = prefix.copy()
    digest.update(f"{source_kind}\0{text}".encode())
    return digest.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
