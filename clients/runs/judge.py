"""Whole files judged: resumable, one bad row never ends a run, an interrupt keeps what is done.

An output row is a ``CandidateResult`` with the hashes of its suite's tests, the runner's version, and a
``key`` of all that its verdict depends on. A run skips candidates whose key is there, and drops (so that
they are judged again) rows that an infrastructure failure left without a verdict.

Not promised: rows in the order of the input. ``index`` is the candidate's position in it.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import anyio

from clients._transport.concurrency import run_concurrently
from clients.config import ClientConfig
from clients.contract import ExecutionResponse
from clients.datasets.candidates import BadRow, CandidateEntry, RowFormat, read_candidates
from clients.errors import BodyTooLargeError, InvalidRequestError, InvalidSuiteError, MalformedJsonError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request, to_json
from clients.runs.outputs import Chooser, PendingCandidate, Recorder, Show, Sink, Tally
from clients.runs.resume import check_not_an_input, check_overwritable, drop_incomplete_rows

CHUNK = 128
"""Candidates of one request: many enough to keep workers busy, few enough to lose little to an interrupt."""
AT_ONCE = 4
"""Requests in flight."""
_HELD_ROWS = 1000  # bad rows kept back while nobody knows whether any row is good; a wrong file has many more
_LARGE_BYTES = 256 * 2**20  # inputs above this are not counted first: no total, but no memory either

_NOT_OF_THE_VERDICT = {"suites", "candidates", "priority", "cache", "deadline_s"}
_ONE_ROW = (InvalidRequestError, InvalidSuiteError, MalformedJsonError, BodyTooLargeError)


def execute_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    reference: bool = False,
    show: Show,
) -> Tally:
    """Judge a file into ``out``; call again to go on where an earlier run stopped.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: no row of the input can be used, or the output is not ours to write.
        AceCoderError: the service cannot be used; what was finished is in ``out``.
    """
    check_not_an_input(out, candidates, suites)
    tally = Tally()
    done = drop_incomplete_rows(out)
    tally.kept = done.total()
    rows = _usable(
        read_candidates(candidates, suites, form, reference=reference), candidates, _reporting(show, tally)
    )
    work: Iterable[PendingCandidate] = _todo(rows, done, options)
    if candidates.stat().st_size < _LARGE_BYTES:
        work = list(work)
        show.total(len(work))
    with out.open("a", encoding="utf-8") as sink:
        judge(work, config, options, Recorder(sink, tally, show))
    return tally


def best_of_n_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    show: Show,
) -> tuple[int, int]:
    """Write the best candidate of every suite to ``out``; return how many suites have a winner, and not.

    Raises:
        OSError, ValueError, AceCoderError: as ``execute``.
    """
    check_not_an_input(out, candidates, suites)
    check_overwritable(out)
    by_suite: dict[str, list[PendingCandidate]] = {}
    rows = _usable(read_candidates(candidates, suites, form), candidates, show.bad)
    for work in _todo(rows, Counter(), options):
        by_suite.setdefault(work.entry.suite.id, []).append(work)
    show.total(sum(map(len, by_suite.values())))
    counts = Counter[bool]()
    with out.open("w", encoding="utf-8") as sink:
        writer = Chooser(sink, by_suite, counts, show)
        ordered = (work for group in by_suite.values() for work in group)
        judge(ordered, config, options, writer)
    return counts[True], counts[False]


def judge(
    work: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: Sink
) -> None:
    """Have all of ``work`` judged; the answers go to ``sink`` as they come, in no order.

    Raises:
        AceCoderError: the service cannot be used.
    """
    anyio.run(partial(_judge, work, config, options, sink))


async def _judge(
    work: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: Sink
) -> None:
    async with AsyncExecutor(config=config) as executor:
        chunks = _chunks(work)

        async def worker() -> None:
            for chunk in chunks:  # shared: each takes the next
                async for part, response in _answers(executor, chunk, options, sink):
                    sink.take(part, response)

        await run_concurrently([worker] * AT_ONCE)


async def _answers(
    executor: AsyncExecutor, chunk: Sequence[PendingCandidate], options: RequestOptions, sink: Sink
) -> AsyncIterator[tuple[Sequence[PendingCandidate], ExecutionResponse]]:
    """Yield the answer to a chunk; where one row makes the service refuse it, find that row by halves."""
    waiting = [chunk]
    while waiting:
        part = waiting.pop()
        suites = list({work.entry.suite.id: work.entry.suite for work in part}.values())
        try:
            request = build_request([work.entry.candidate for work in part], suites, options)
            response = await executor.execute_request(request)
        except _ONE_ROW as error:
            if len(part) == 1 or (len(suites) == 1 and isinstance(error, InvalidSuiteError)):
                for work in part:
                    sink.refuse(work, error.problem.detail or str(error))
            else:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
        else:
            yield part, response


def _chunks(work: Iterable[PendingCandidate]) -> Iterator[list[PendingCandidate]]:
    chunk: list[PendingCandidate] = []
    for each in work:
        chunk.append(each)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _reporting(show: Show, tally: Tally) -> Callable[[BadRow], None]:
    def report(row: BadRow) -> None:
        tally.bad_rows += 1
        show.bad(row)

    return report


def _usable(
    rows: Iterable[CandidateEntry | BadRow], path: Path, bad: Callable[[BadRow], None]
) -> Iterator[CandidateEntry]:
    """Yield the rows that can be used and tell of the others; without any, one sentence instead."""
    held: list[BadRow] | None = []
    for row in rows:
        if isinstance(row, CandidateEntry):
            for each in held or ():
                bad(each)
            held = None
            yield row
        elif held is None or len(held) >= _HELD_ROWS:
            bad(row)
        else:
            held.append(row)
    if held:
        raise ValueError(f"{path}: no row can be used; the first reason: {held[0]}")
    if held is not None:
        raise ValueError(f"{path}: holds no candidate")


def _todo(
    rows: Iterable[CandidateEntry], done: Counter[str], options: RequestOptions
) -> Iterator[PendingCandidate]:
    """Yield what is not in the output yet. The same candidate given twice is judged, and kept, twice."""
    left = done.copy()
    for work in with_keys(rows, options):
        if left[work.key]:
            left[work.key] -= 1
        else:
            yield work


def with_keys(rows: Iterable[CandidateEntry], options: RequestOptions) -> Iterator[PendingCandidate]:
    """Yield each row with its position and the key of all that its verdict depends on."""
    asked = build_request([], ["assert True"], options).model_dump_json(exclude=_NOT_OF_THE_VERDICT).encode()
    for position, row in enumerate(rows):
        yield PendingCandidate(position, _key(row, asked), row)


def _key(entry: CandidateEntry, asked: bytes) -> str:
    digest = hashlib.sha256(asked)
    for part in (entry.suite, entry.candidate):
        digest.update(b"\0" + to_json(part, exclude_defaults=False))
    return digest.hexdigest()[:24]  # 96 bits: no two rows of any file meet
