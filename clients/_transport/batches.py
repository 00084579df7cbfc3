"""One request → several, where it is larger than a body may be; several answers → one. Pure.

A batch is cut between candidates, each part with only the suites it uses; results are renumbered so that a
caller cannot tell.
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

_TRAVEL_S = 30.0  # the answer to a request whose deadline has passed still has to be made and sent


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive candidates of a batch, as a request of their own."""

    request: ExecutionRequest
    offset: int
    """Position of its first candidate in the batch."""

    def body(self) -> bytes:
        """The request as JSON; defaults are left to the server's same contract."""
        return to_json(self.request)

    @property
    def patience_s(self) -> float | None:
        """How long an answer may take that uses the whole of its deadline; ``None`` without one."""
        deadline_s = self.request.deadline_s
        return None if deadline_s is None else deadline_s + _TRAVEL_S

    def halves(self) -> "tuple[Part, Part]":
        """Cut in two, for a server that takes less at once. Needs two candidates."""
        middle = len(self.request.candidates) // 2
        return _part(self, 0, middle), _part(self, middle, len(self.request.candidates))

    def restore(self, result: CandidateResult) -> CandidateResult:
        """Give a result the position it has in the batch."""
        if self.offset == 0:
            return result
        candidate = self.request.candidates[result.index]
        index = self.offset + result.index
        own_id = candidate.id if candidate.id is not None else str(index)
        return result.model_copy(update={"index": index, "id": own_id})


def split(request: ExecutionRequest, max_bytes: int) -> Iterator[Part]:
    """Yield parts of about ``max_bytes`` each, in order; a single larger candidate is a part of its own."""
    whole = Part(request, 0)
    suite_bytes = {suite.id: len(to_json(suite)) for suite in request.suites}
    start, size, used = 0, 0, set[str]()
    for index, candidate in enumerate(request.candidates):
        grows = _size(candidate) + (0 if candidate.suite in used else suite_bytes[candidate.suite])
        if index > start and size + grows > max_bytes:
            yield _part(whole, start, index)
            start, size, used = index, 0, set()
            grows = _size(candidate) + suite_bytes[candidate.suite]
        size += grows
        used.add(candidate.suite)
    yield _part(whole, start, len(request.candidates)) if start else whole


def merge(parts: Sequence[tuple[Part, ExecutionResponse]], request: ExecutionRequest) -> ExecutionResponse:
    """Put the parts' answers together; the id is that of the first."""
    if len(parts) == 1:
        return parts[0][1]
    infos: dict[str, SuiteInfo] = {}
    results: list[CandidateResult] = []
    for part, response in parts:
        results += [part.restore(result) for result in response.results]
        for info in response.suites:
            infos.setdefault(info.id, info)
    first = parts[0][1]
    ordered = [infos[suite.id] for suite in request.suites if suite.id in infos]
    return first.model_copy(update={"results": results, "suites": ordered})


def _part(whole: Part, start: int, stop: int) -> Part:
    request = whole.request
    candidates = request.candidates[start:stop]
    used = {candidate.suite for candidate in candidates}
    suites = [suite for suite in request.suites if suite.id in used]
    # What is cut from a valid request is valid: no second validation.
    return Part(request.model_copy(update={"candidates": candidates, "suites": suites}), whole.offset + start)


def _size(candidate: Candidate) -> int:
    # JSON escapes about every twentieth character of a program; the server's own cap leaves room.
    return len(candidate.program or candidate.completion or "") * 21 // 20 + 100
