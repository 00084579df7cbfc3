"""Splits an execution request that is larger than a body may be, and merges the answers of its parts. Pure.

A batch is cut between candidates. A part carries only the suites that its candidates use. Results are renumbered,
so the caller sees the answer to one request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clients.contract import (
    Candidate,
    CandidateResult,
    ExecutionRequest,
    ExecutionResponse,
    SuiteInfo,
)
from clients.requests import to_json

_ANSWER_S = 30.0  # after its deadline, the service still has to build and send the answer


@dataclass(frozen=True, slots=True)
class RequestPart:
    """Consecutive candidates of a batch, as a separate request."""

    request: ExecutionRequest
    offset: int
    """Position of the part's first candidate in the batch."""

    def body(self) -> bytes:
        """Return the request as JSON, without fields that have their default: the server has the same defaults."""
        return to_json(self.request)

    @property
    def read_s(self) -> float | None:
        """Seconds that the answer may take if the request uses its whole deadline; ``None`` without a deadline."""
        deadline_s = self.request.deadline_s
        return None if deadline_s is None else deadline_s + _ANSWER_S

    def halves(self) -> "tuple[RequestPart, RequestPart]":
        """Cut the part in two, for a server with a smaller body limit. Needs at least two candidates."""
        middle = len(self.request.candidates) // 2
        return _part(self, 0, middle), _part(self, middle, len(self.request.candidates))

    def renumber(self, result: CandidateResult) -> CandidateResult:
        """Return the result with its position in the whole batch."""
        if self.offset == 0:
            return result
        candidate = self.request.candidates[result.index]
        index = self.offset + result.index
        result_id = candidate.id if candidate.id is not None else str(index)
        return result.model_copy(update={"index": index, "id": result_id})


def split(request: ExecutionRequest, max_bytes: int) -> Iterator[RequestPart]:
    """Yield parts of about ``max_bytes`` each, in order; a candidate larger than that is a part by itself."""
    whole = RequestPart(request, 0)
    suite_bytes = {suite.id: len(to_json(suite)) for suite in request.suites}
    start, size, used = 0, 0, set[str]()
    for index, candidate in enumerate(request.candidates):
        added = _size(candidate) + (0 if candidate.suite in used else suite_bytes[candidate.suite])
        if index > start and size + added > max_bytes:
            yield _part(whole, start, index)
            start, size, used = index, 0, set()
            added = _size(candidate) + suite_bytes[candidate.suite]
        size += added
        used.add(candidate.suite)
    yield _part(whole, start, len(request.candidates)) if start else whole


def merge(
    parts: Sequence[tuple[RequestPart, ExecutionResponse]], request: ExecutionRequest
) -> ExecutionResponse:
    """Merge the parts' answers into one, with the id of the first."""
    if len(parts) == 1:
        return parts[0][1]
    infos: dict[str, SuiteInfo] = {}
    results: list[CandidateResult] = []
    for part, response in parts:
        results += [part.renumber(result) for result in response.results]
        for info in response.suites:
            infos.setdefault(info.id, info)
    first = parts[0][1]
    ordered = [infos[suite.id] for suite in request.suites if suite.id in infos]
    return first.model_copy(update={"results": results, "suites": ordered})


def _part(whole: RequestPart, start: int, stop: int) -> RequestPart:
    request = whole.request
    candidates = request.candidates[start:stop]
    used = {candidate.suite for candidate in candidates}
    suites = [suite for suite in request.suites if suite.id in used]
    # A part of a valid request is valid, so it is not validated again.
    return RequestPart(
        request.model_copy(update={"candidates": candidates, "suites": suites}), whole.offset + start
    )


def _size(candidate: Candidate) -> int:
    # JSON escapes about one character in 20 of a program. The estimate may be low: the server's cap leaves room.
    return len(candidate.program or candidate.completion or "") * 21 // 20 + 100
