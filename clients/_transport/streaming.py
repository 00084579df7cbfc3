"""Reads NDJSON streams of results, and requests the missing results again after a break.

A line with an ``index`` is a result. Problem details end the stream and are raised as an error. Any other object
is the summary, which ends every complete stream. No result is yielded twice.
"""

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from clients._transport.batches import RequestPart
from clients._transport.http import Http
from clients.contract import CandidateResult, ProblemDetails, SuiteResult
from clients.errors import AceCoderError, ConnectionLostError, ProtocolError, error_for

R = TypeVar("R", CandidateResult, SuiteResult)
"""What a line is read as: a message with its position in the request."""


@dataclass
class _StreamReader(Generic[R]):
    """Parses one answer, over all the connections that it takes."""

    model: type[R]
    """What a result is read as."""
    renumber: Callable[[R], R]
    """Gives a result its position in the caller's batch."""
    read_s: float | None = None
    """Time-out of a read; ``None``: the client's own."""
    seen: set[int] = field(default_factory=set)
    """Positions of the results that have arrived."""
    ended: bool = False
    """Whether the summary has arrived."""

    def read(self, lines: Iterable[bytes]) -> list[R]:
        """Return the results among ``lines`` that have not arrived before."""
        new = []
        for line in lines:
            result = self._parse(line)
            if result is not None and result.index not in self.seen:
                self.seen.add(result.index)
                new.append(self.renumber(result))
        return new

    def _parse(self, line: bytes) -> R | None:
        try:
            return self.model.model_validate_json(line)
        except ValidationError as error:
            self._read_end(line, error)
            return None

    def _read_end(self, line: bytes, error: ValidationError) -> None:
        try:
            message = from_json(line)
        except ValueError:
            raise ConnectionLostError("the stream broke in the middle of a line") from error
        if not isinstance(message, dict) or "index" in message:
            raise ProtocolError(f"a line of the stream is not a result: {line[:200]!r} ({error})") from error
        if "title" in message and "status" in message:
            raise error_for(ProblemDetails.model_validate(message)) from None
        self.ended = True


def results_of_part(http: Http, path: str, part: RequestPart) -> AsyncGenerator[list[CandidateResult], None]:
    """Yield lists of results of one request, one list for what arrived together."""
    return _resumed(
        http, "POST", path, part.body(), _StreamReader(CandidateResult, part.renumber, part.read_s)
    )


def results_of_job(http: Http, path: str, model: type[R]) -> AsyncGenerator[list[R], None]:
    """Yield lists of results of a job, each read as a ``model``, one list for what arrived together."""
    return _resumed(http, "GET", path, None, _StreamReader(model, lambda result: result))


async def _resumed(
    http: Http,
    method: str,
    path: str,
    body: bytes | None,
    reader: _StreamReader[R],
) -> AsyncGenerator[list[R], None]:
    """Yield new results until the summary arrives. A break after at least one new result resets the retries."""
    while not reader.ended:
        seen_before = len(reader.seen)
        async for attempt in http.retries():
            broken: AceCoderError | None = None
            try:
                async with http.lines(method, path, body, read_s=reader.read_s) as line_lists:
                    async for lines in line_lists:
                        if new := reader.read(lines):
                            yield new
                if not reader.ended:
                    broken = ConnectionLostError("the stream ended before its summary")
            except AceCoderError as error:
                broken = error
            if reader.ended or (broken and broken.retryable and len(reader.seen) > seen_before):
                break  # complete, or more than before: start a new series of attempts
            with attempt:
                if broken:
                    raise broken
