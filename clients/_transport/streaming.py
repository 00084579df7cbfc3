"""NDJSON answers read as they come, and taken up again where they broke.

A line with an ``index`` is a result; a problem report ends the stream with its error; any other object is
the summary that ends every whole stream. Results already yielded are not yielded twice.
"""

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import from_json

from clients._transport.batches import Part
from clients._transport.http import Http
from clients.contract import CandidateResult, ProblemDetails
from clients.errors import AceCoderError, ConnectionLostError, ProtocolError, error_for


@dataclass
class _Reader:
    """What has come of one answer, over all the connections it took."""

    restore: Callable[[CandidateResult], CandidateResult]
    patience_s: float | None = None
    seen: set[int] = field(default_factory=set)
    ended: bool = False

    def read(self, lines: Iterable[bytes]) -> list[CandidateResult]:
        """Return the results among ``lines`` that are new."""
        fresh = []
        for line in lines:
            result = self._parse(line)
            if result is not None and result.index not in self.seen:
                self.seen.add(result.index)
                fresh.append(self.restore(result))
        return fresh

    def _parse(self, line: bytes) -> CandidateResult | None:
        try:
            return CandidateResult.model_validate_json(line)
        except ValidationError as error:
            self._end(line, error)
            return None

    def _end(self, line: bytes, error: ValidationError) -> None:
        try:
            found = from_json(line)
        except ValueError:
            raise ConnectionLostError("the stream broke in the middle of a line") from error
        if not isinstance(found, dict) or "index" in found:
            raise ProtocolError(f"not a result: {line[:200]!r} ({error})") from error
        if "title" in found and "status" in found:
            raise error_for(ProblemDetails.model_validate(found)) from None
        self.ended = True


def results_of_part(http: Http, path: str, part: Part) -> AsyncGenerator[list[CandidateResult], None]:
    """Yield the results of one request, those that came together in one list."""
    return _resumed(http, "POST", path, part.body(), _Reader(part.restore, part.patience_s))


def results_of_job(http: Http, path: str) -> AsyncGenerator[list[CandidateResult], None]:
    """Yield the results of a job, those that came together in one list."""
    return _resumed(http, "GET", path, None, _Reader(lambda result: result))


async def _resumed(
    http: Http,
    method: str,
    path: str,
    body: bytes | None,
    reader: _Reader,
) -> AsyncGenerator[list[CandidateResult], None]:
    while not reader.ended:
        known = len(reader.seen)
        async for attempt in http.attempts():
            broken: AceCoderError | None = None
            try:
                async with http.lines(method, path, body, read_s=reader.patience_s) as batches:
                    async for lines in batches:
                        if fresh := reader.read(lines):
                            yield fresh
                if not reader.ended:
                    broken = ConnectionLostError("the stream ended before its summary")
            except AceCoderError as error:
                broken = error
            if reader.ended or (broken and broken.retryable and len(reader.seen) > known):
                break  # whole, or further than before: a new series of tries
            with attempt:
                if broken:
                    raise broken
