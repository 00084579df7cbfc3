"""Splits an execution request that is larger than a body may be, and merges the answers of its parts. Pure.

A batch is cut between candidates. A part carries only the suites that its candidates use; suites that no candidate
uses follow in parts without candidates. Results, and the items that an error names, are renumbered, so the caller sees
the answer to one request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clients.contract import (
    Candidate,
    CandidateResult,
    ExecutionRequest,
    ExecutionResponse,
    FieldError,
    Suite,
    SuiteInfo,
)
from clients.errors import BodyTooLargeError, RefusedError
from clients.requests import to_json

_ANSWER_S = 30.0  # after its deadline, the service still has to build and send the answer
_ITEM = re.compile(r"^(candidates|suites)\[(\d+)\]")
"""Beginning of a field's name, or of a message: the item that it is about."""


@dataclass(frozen=True, slots=True)
class RequestPart:
    """Consecutive candidates of a batch, as a separate request."""

    request: ExecutionRequest
    offset: int = 0
    """Position of the part's first candidate in the batch."""
    suite_positions: Sequence[int] = ()
    """Positions of the part's suites in the batch; empty: it is the whole batch."""

    def body(self) -> bytes:
        """Return the request as JSON, without fields that have their default: the server has the same defaults."""
        return to_json(self.request)

    @property
    def read_s(self) -> float | None:
        """Seconds that the answer may take if the request uses its whole deadline; ``None`` without a deadline."""
        deadline_s = self.request.deadline_s
        return None if deadline_s is None else deadline_s + _ANSWER_S

    @property
    def is_divisible(self) -> bool:
        """Whether it has more than one candidate or suite."""
        return len(self.request.candidates) > 1 or len(self.request.suites) > 1

    def halves(self) -> "tuple[RequestPart, RequestPart]":
        """Cut the part in two, for a server with a smaller body limit. It must be divisible."""
        total = len(self.request.candidates)
        unused = _unused(self.request)
        if total > 1:
            return _part(self, 0, total // 2), _part(self, total // 2, total, unused)
        if total == 1:
            return _part(self, 0, 1), _part(self, 1, 1, unused)
        middle = len(unused) // 2
        return _part(self, 0, 0, unused[:middle]), _part(self, 0, 0, unused[middle:])

    def smaller(self, error: RefusedError) -> "tuple[RequestPart, RequestPart]":
        """Return the halves of a part that the service refused with ``error``, because it is too large.

        Raises:
            RefusedError: the part is refused for another reason, or cannot be divided.
        """
        if isinstance(error, BodyTooLargeError) and self.is_divisible:
            return self.halves()
        raise self.located(error) from None

    def renumber(self, result: CandidateResult) -> CandidateResult:
        """Return the result with its position in the whole batch."""
        if self.offset == 0:
            return result
        candidate = self.request.candidates[result.index]
        index = self.offset + result.index
        result_id = candidate.id if candidate.id is not None else str(index)
        return result.model_copy(update={"index": index, "id": result_id})

    def located(self, error: RefusedError, advice: str = "") -> RefusedError:
        """Return the error with the positions that its items have in the whole batch.

        ``advice`` is what to do if the request is too large, and no single item is.
        """
        problem = error.problem
        if isinstance(error, BodyTooLargeError) and not self.is_divisible:
            item = self._largest_item()
            errors, detail = [item], f"{item.field}: {item.message}. {problem.detail}"
        else:
            errors = [each.model_copy(update={"field": self._located(each.field)}) for each in problem.errors]
            detail = self._located(problem.detail) + advice
        located = problem.model_copy(update={"errors": errors, "detail": detail})
        return type(error)(located, error.retry_after_s)

    def _located(self, text: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            position = int(match[2])
            if match[1] == "candidates":
                position += self.offset
            elif position < len(self.suite_positions):
                position = self.suite_positions[position]
            return f"{match[1]}[{position}]"

        return _ITEM.sub(replaced, text)

    def _largest_item(self) -> FieldError:
        """Return what to say of the larger one of the only suite and the only candidate."""
        suite = self.request.suites[0]
        suite_bytes = len(to_json(suite))
        candidate_bytes = max((len(to_json(candidate)) for candidate in self.request.candidates), default=0)
        if candidate_bytes > suite_bytes:
            item, size, name = "candidates[0]", candidate_bytes, "its program or completion"
        else:
            item, size, name = "suites[0]", suite_bytes, f"suite {suite.id!r}"
        message = (
            f"{name} alone has {size / 2**20:.1f} MiB, more than one request may have: make it smaller, or raise "
            f"MAX_BODY_BYTES of the service (and the limit of a proxy before it)"
        )
        return FieldError(field=self._located(item), message=message)


def split(request: ExecutionRequest, max_bytes: int, max_candidates: int) -> Iterator[RequestPart]:
    """Yield parts of about ``max_bytes`` and at most ``max_candidates``, in order.

    A candidate that is larger than that, with its suite, is a part by itself; so is a suite that no candidate uses.
    """
    whole = RequestPart(request)
    bytes_by_suite = {suite.id: len(to_json(suite)) for suite in request.suites}
    size = sum(bytes_by_suite.values()) + sum(map(_size, request.candidates))
    if size <= max_bytes and len(request.candidates) <= max_candidates:
        yield whole
        return
    for start, stop in _ranges(request.candidates, bytes_by_suite, max_bytes, max_candidates):
        yield _part(whole, start, stop)
    total, pending, pending_bytes = len(request.candidates), list[Suite](), 0
    for suite in _unused(request):
        if pending and pending_bytes + bytes_by_suite[suite.id] > max_bytes:
            yield _part(whole, total, total, pending)
            pending, pending_bytes = [], 0
        pending.append(suite)
        pending_bytes += bytes_by_suite[suite.id]
    if pending:
        yield _part(whole, total, total, pending)


def _ranges(
    candidates: Sequence[Candidate], bytes_by_suite: Mapping[str, int], max_bytes: int, max_candidates: int
) -> Iterator[tuple[int, int]]:
    """Yield start and end of consecutive candidates that, with their suites, are one part."""
    start, size, used = 0, 0, set[str]()
    for index, candidate in enumerate(candidates):
        added = _size(candidate) + (0 if candidate.suite in used else bytes_by_suite[candidate.suite])
        if index > start and (size + added > max_bytes or index - start == max_candidates):
            yield start, index
            start, size, used = index, 0, set()
            added = _size(candidate) + bytes_by_suite[candidate.suite]
        size += added
        used.add(candidate.suite)
    if candidates:
        yield start, len(candidates)


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


def _part(part: RequestPart, start: int, stop: int, unused: Sequence[Suite] = ()) -> RequestPart:
    """Return the candidates from ``start`` to ``stop`` with their suites, and the suites ``unused``."""
    request = part.request
    candidates = request.candidates[start:stop]
    ids = {candidate.suite for candidate in candidates} | {suite.id for suite in unused}
    positions = part.suite_positions or range(len(request.suites))
    chosen = [(at, suite) for at, suite in zip(positions, request.suites, strict=True) if suite.id in ids]
    # A part of a valid request is valid, so it is not validated again.
    smaller = request.model_copy(update={"candidates": candidates, "suites": [suite for _, suite in chosen]})
    return RequestPart(smaller, part.offset + start, tuple(at for at, _ in chosen))


def _unused(request: ExecutionRequest) -> list[Suite]:
    """Return the suites that no candidate of the request uses."""
    used = {candidate.suite for candidate in request.candidates}
    return [suite for suite in request.suites if suite.id not in used]


def _size(candidate: Candidate) -> int:
    # JSON escapes about one character in 20 of a program. The estimate may be low: the server's cap leaves room.
    return len(candidate.program or candidate.completion or "") * 21 // 20 + 100
