"""Who in a request is answered what: result lines, ready to be handed out. Pure but for the counters."""

from collections.abc import Iterable

from clients.contract import Candidate, UnscorableReason
from services.executor.metrics import Metrics
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, ResultSlot, Verdict, result_line

Answer = tuple[int, bytes]
"""A candidate's position and the JSON of its result."""


REASON_TEXT = {
    UnscorableReason.DEADLINE: "not judged before the request's deadline; send less at a time or allow more",
    UnscorableReason.CANCELLED: "cancelled before it was judged",
    UnscorableReason.QUEUE_UNAVAILABLE: "the queue went away while the request waited; send it again",
    UnscorableReason.WORKER_LOST: "worker after worker died with it in hand, the last ones with nothing else; "
    "look at their logs",
}


def fault_of(reason: UnscorableReason, trouble: str = "") -> Fault:
    """Why there is no verdict, in words; ``trouble`` is what had gone wrong on the way, if anything had."""
    return Fault(reason, REASON_TEXT[reason] + (f" (last trouble: {trouble})" if trouble else ""))


class ResultWriter:
    """The answers of one execution; each candidate's is written once by its caller."""

    def __init__(self, valid_request: ValidRequest, metrics: Metrics) -> None:
        self._request = valid_request.request
        self._weights = {checked.suite.id: checked.suite.weights for checked in valid_request.suites}
        self._metrics = metrics
        self._ready: list[Answer] = [
            (index, self._line(index, fault, cached=False)) for index, fault in valid_request.faults.items()
        ]

    def __bool__(self) -> bool:
        """Whether answers wait to be handed out."""
        return bool(self._ready)

    def take(self) -> list[Answer]:
        """Hand out what is ready."""
        batch, self._ready = self._ready, []
        return batch

    def answer(self, members: Iterable[int], result: Verdict | Fault, *, cached: bool) -> None:
        """Write one result for all candidates it answers."""
        lines = [(index, self._line(index, result, cached=cached)) for index in members]
        self._metrics.note(result, len(lines))
        self._ready += lines

    def seats(self) -> list[tuple[str, str]]:
        """Id and suite of each candidate, in request order."""
        candidates = self._request.candidates
        return [(_name(candidate, index), candidate.suite) for index, candidate in enumerate(candidates)]

    def _line(self, index: int, result: Verdict | Fault, *, cached: bool) -> bytes:
        candidate = self._request.candidates[index]
        weights = self._weights[candidate.suite]
        seat = ResultSlot(index, _name(candidate, index), candidate.suite)
        return result_line(seat, result, self._request.reward, weights, cached=cached)


def _name(candidate: Candidate, index: int) -> str:
    return candidate.id if candidate.id is not None else str(index)
