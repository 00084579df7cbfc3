"""Writes the result lines of one execution: the JSON of each candidate's result.

Does no I/O; counts the results in the metrics.
"""

import time
from collections.abc import Collection, Iterable

from clients.contract import Candidate, SuiteInfo, UnscorableReason
from services.executor.execution.recorder import Recorder
from services.executor.metrics import Metrics, Origin
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, ResultSlot, Verdict, result_line
from services.executor.reward_health import RewardHealth

ResultLine = tuple[int, bytes]
"""A candidate's position in the request, and the JSON of its ``CandidateResult``."""

REASON_TEXT = {
    UnscorableReason.DEADLINE: "not judged before the request's deadline; send fewer candidates at a time, or allow "
    "more time",
    UnscorableReason.CANCELLED: "cancelled before it was judged",
    UnscorableReason.QUEUE_UNAVAILABLE: "Redis failed while the request waited; send the candidate again",
    UnscorableReason.WORKER_LOST: "workers died while they judged this program, in the end with no other program in "
    "the chunk; see the workers' logs",
}


def fault_of(reason: UnscorableReason, last_error: str = "") -> Fault:
    """Return the fault with its message; ``last_error`` is the last thing that went wrong before, if anything did."""
    return Fault(reason, REASON_TEXT[reason] + (f" (last error: {last_error})" if last_error else ""))


class ResultWriter:
    """The result lines of one execution; the caller adds the result of each candidate once."""

    def __init__(self, valid_request: ValidRequest, metrics: Metrics, caller: str) -> None:
        self._request = valid_request.request
        self._weights = {checked.suite.id: checked.suite.weights for checked in valid_request.suites}
        self._metrics = metrics
        self._origin = Origin(self._request.environment, caller)
        self._health = RewardHealth(self._request)
        self._began_at = time.monotonic()
        self.recorder = Recorder(valid_request)
        """What is kept of the execution when it has ended."""
        self.written = len(valid_request.faults)
        """How many candidates have a result."""
        self.run_s = 0.0
        """Sum of the seconds for which each of its programs was judged."""
        self._ready: list[ResultLine] = []
        for index, fault in valid_request.faults.items():
            line = (index, self._line(index, fault, cached=False))
            self.recorder.add([line], fault, cached=False)
            self._ready.append(line)

    @property
    def has_lines(self) -> bool:
        """Whether lines are ready to be taken."""
        return bool(self._ready)

    def take(self) -> list[ResultLine]:
        """Return the lines that are ready, and remove them."""
        batch, self._ready = self._ready, []
        return batch

    def add(
        self,
        members: Iterable[int],
        result: Verdict | Fault,
        *,
        cached: bool,
        excluded: Collection[int] = (),
    ) -> None:
        """Write one result for each of the candidates at the positions ``members``. Tests at the positions ``excluded``
        count in no rate.
        """
        lines = [(index, self._line(index, result, cached=cached, excluded=excluded)) for index in members]
        self.written += len(lines)
        passed_s = time.monotonic() - self._began_at
        self._metrics.record_result(result, len(lines), self._origin, cached=cached, passed_s=passed_s)
        self.recorder.add(lines, result, cached=cached)
        if isinstance(result, Verdict):
            self.run_s += 0.0 if cached else result.run_s
            self._health.add(lines, result)
        self._ready += lines

    def finish(self, suites: Iterable[SuiteInfo]) -> None:
        """Count what only the whole execution shows; ``suites`` are those of its summary. Called once, at its end."""
        self._metrics.health.record(self._health, suites)

    def slots(self) -> list[tuple[str, str]]:
        """Return id and suite of each candidate, in request order."""
        candidates = self._request.candidates
        return [(_id_of(candidate, index), candidate.suite) for index, candidate in enumerate(candidates)]

    def _line(
        self, index: int, result: Verdict | Fault, *, cached: bool, excluded: Collection[int] = ()
    ) -> bytes:
        candidate = self._request.candidates[index]
        weights = self._weights[candidate.suite]
        slot = ResultSlot(index, _id_of(candidate, index), candidate.suite)
        passed_s = time.monotonic() - self._began_at
        return result_line(
            slot, result, self._request.reward, weights, cached=cached, passed_s=passed_s, excluded=excluded
        )


def _id_of(candidate: Candidate, index: int) -> str:
    return candidate.id if candidate.id is not None else str(index)
