"""Judges whole files. A run can be resumed, a bad row does not end it, and an interrupt keeps finished rows.

An output row is a ``CandidateResult`` with the hashes of its suite's tests, the runner's version, and a
``key``: a hash of everything that its verdict depends on. A run skips candidates whose key is in the output. It drops
rows that an infrastructure failure left without a verdict, so that their candidates are judged again.

Not promised: rows in the order of the input. ``index`` is the candidate's position in the input.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import anyio

from clients._transport.concurrency import run_concurrently
from clients.config import ClientConfig
from clients.contract import ExecutionResponse
from clients.datasets import BadRow, BadRowBuffer, BadRowHandler, CandidateEntry, RowFormat, read_candidates
from clients.errors import BodyTooLargeError, InvalidRequestError, InvalidSuiteError, MalformedJsonError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request, to_json
from clients.runs.outputs import (
    PendingCandidate,
    ProgressReporter,
    ResultRecorder,
    ResultSink,
    Tally,
    WinnerRecorder,
)
from clients.runs.resume import check_not_an_input, check_overwritable, drop_incomplete_rows

CHUNK = 128
"""Candidates of one request: enough to keep workers busy, and few enough that an interrupt loses little."""
AT_ONCE = 4
"""Requests in flight."""
_LARGE_BYTES = 256 * 2**20  # inputs above this are not counted first: no total, but no memory either

_NO_EFFECT_ON_VERDICT = {"suites", "candidates", "priority", "cache", "deadline_s"}
_CAUSED_BY_A_ROW = (InvalidRequestError, InvalidSuiteError, MalformedJsonError, BodyTooLargeError)


def execute_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    reference: bool = False,
    progress: ProgressReporter,
) -> Tally:
    """Judge a file into ``out``; a second call continues where an earlier run stopped.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: no row of the input can be used, or ``out`` holds what no run wrote.
        AceCoderError: the service cannot be used; finished rows are in ``out``.
    """
    check_not_an_input(out, candidates, suites)
    tally = Tally()
    done = drop_incomplete_rows(out)
    tally.kept = done.total()
    rows = _usable(
        read_candidates(candidates, suites, form, reference=reference), candidates, _counting(progress, tally)
    )
    pending: Iterable[PendingCandidate] = not_done(with_keys(rows, options), done)
    if candidates.stat().st_size < _LARGE_BYTES:
        pending = list(pending)
        progress.total(len(pending))
    with out.open("a", encoding="utf-8") as file:
        judge_candidates(pending, config, options, ResultRecorder(file, tally, progress))
    return tally


def best_of_n_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    progress: ProgressReporter,
) -> tuple[int, int]:
    """Write the best candidate of every suite to ``out``; return how many suites have a winner, and how many not.

    Raises:
        OSError, ValueError, AceCoderError: as ``execute_file``.
    """
    check_not_an_input(out, candidates, suites)
    check_overwritable(out)
    by_suite: dict[str, list[PendingCandidate]] = {}
    rows = _usable(read_candidates(candidates, suites, form), candidates, progress.bad)
    for pending in with_keys(rows, options):
        by_suite.setdefault(pending.entry.suite.id, []).append(pending)
    progress.total(sum(map(len, by_suite.values())))
    counts = Counter[bool]()
    with out.open("w", encoding="utf-8") as file:
        recorder = WinnerRecorder(file, by_suite, counts, progress)
        suite_by_suite = (pending for members in by_suite.values() for pending in members)
        judge_candidates(suite_by_suite, config, options, recorder)
    return counts[True], counts[False]


def judge_candidates(
    pending: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: ResultSink
) -> None:
    """Judge all candidates; ``sink`` gets the results as they arrive, in no particular order.

    Raises:
        AceCoderError: the service cannot be used.
    """
    anyio.run(partial(_judge, pending, config, options, sink))


async def _judge(
    pending: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: ResultSink
) -> None:
    async with AsyncExecutor(config=config) as executor:
        chunks = _chunks(pending)

        async def worker() -> None:
            for chunk in chunks:  # the workers share one iterator, so each takes the next chunk
                async for part, response in _responses(executor, chunk, options, sink):
                    sink.take(part, response)

        await run_concurrently([worker] * AT_ONCE)


async def _responses(
    executor: AsyncExecutor, chunk: Sequence[PendingCandidate], options: RequestOptions, sink: ResultSink
) -> AsyncIterator[tuple[Sequence[PendingCandidate], ExecutionResponse]]:
    """Yield the responses to a chunk; if a row makes the service refuse it, bisect the chunk to find that row."""
    parts = [chunk]
    while parts:
        part = parts.pop()
        suites = list({pending.entry.suite.id: pending.entry.suite for pending in part}.values())
        try:
            request = build_request([pending.entry.candidate for pending in part], suites, options)
            response = await executor.execute_request(request)
        except _CAUSED_BY_A_ROW as error:
            if len(part) == 1 or (len(suites) == 1 and isinstance(error, InvalidSuiteError)):
                for pending in part:
                    sink.refuse(pending, error.problem.detail or str(error))
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        else:
            yield part, response


def _chunks(candidates: Iterable[PendingCandidate]) -> Iterator[list[PendingCandidate]]:
    chunk: list[PendingCandidate] = []
    for pending in candidates:
        chunk.append(pending)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _counting(progress: ProgressReporter, tally: Tally) -> BadRowHandler:
    def report(row: BadRow) -> None:
        tally.bad_rows += 1
        progress.bad(row)

    return report


def _usable(
    rows: Iterable[CandidateEntry | BadRow], path: Path, on_bad_row: BadRowHandler
) -> Iterator[CandidateEntry]:
    """Yield the rows that can be used, and report the others. If no row can be used, one error reports them all.

    Raises:
        ValueError: no row can be used.
    """
    bad_rows, first, is_usable = BadRowBuffer(on_bad_row), None, False
    for row in rows:
        if isinstance(row, CandidateEntry):
            bad_rows.release()
            is_usable = True
            yield row
        else:
            first = first or row
            bad_rows.add(row)
    if not is_usable:
        raise ValueError(
            f"{path}: no row can be used; the first reason: {first}"
            if first
            else f"{path}: holds no candidate"
        )


def not_done(candidates: Iterable[PendingCandidate], done: Counter[str]) -> Iterator[PendingCandidate]:
    """Yield the candidates that are not in the output yet. A candidate that is given twice is judged twice."""
    unclaimed = done.copy()
    for pending in candidates:
        if unclaimed[pending.key]:
            unclaimed[pending.key] -= 1
        else:
            yield pending


def with_keys(rows: Iterable[CandidateEntry], options: RequestOptions) -> Iterator[PendingCandidate]:
    """Yield each row with its position and its key, a hash of everything that its verdict depends on."""
    settings = (
        build_request([], ["assert True"], options).model_dump_json(exclude=_NO_EFFECT_ON_VERDICT).encode()
    )
    for position, row in enumerate(rows):
        yield PendingCandidate(position, _key(row, settings), row)


def _key(entry: CandidateEntry, settings: bytes) -> str:
    digest = hashlib.sha256(settings)
    for part in (entry.suite, entry.candidate):
        digest.update(b"\0" + to_json(part, exclude_defaults=False))
    return digest.hexdigest()[:24]  # 96 bits: two rows of a file never have the same key by chance
