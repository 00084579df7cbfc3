"""Leaves out of a request what the service refuses of it, so that one wrong suite does not cost the others. Pure.

The service refuses a request with a wrong suite as a whole, and its error names the suite. The caller sends what is
left, until it is accepted. ``clients.runs.sending`` does the same for streams, by halving.
"""

import re
from collections.abc import Sequence

from clients.contract import CandidateResult, ExecutionRequest, Status, UnscorableReason
from clients.errors import BodyTooLargeError, InvalidRequestError, InvalidSuiteError, RefusedError

CAUSED_BY_ITEMS = (InvalidRequestError, InvalidSuiteError, BodyTooLargeError)
"""Errors that may name a suite or a candidate."""
_ITEM = re.compile(r"(suites|candidates)\[(\d+)\]")


class PartialRequest:
    """A request, of which the service may refuse some suites or candidates."""

    def __init__(self, request: ExecutionRequest) -> None:
        self._whole = request
        self._faults: dict[int, tuple[UnscorableReason, str]] = {}
        """Position of each candidate that is left out → the reason."""
        self.request: ExecutionRequest = request
        """What is left of the request."""

    @property
    def is_empty(self) -> bool:
        """Whether no candidate is left."""
        return len(self._faults) == len(self._whole.candidates)

    def refuse(self, error: RefusedError) -> bool:
        """Leave out what an error about ``request`` names; return whether it names anything."""
        kept = [at for at in range(len(self._whole.candidates)) if at not in self._faults]
        for item in error.errors:
            match = _ITEM.match(item.field)
            if match is None:
                continue
            number = int(match[2])
            if match[1] == "candidates":
                self._faults[kept[number]] = (UnscorableReason.INVALID_INPUT, item.message)
                continue
            suite = self.request.suites[number].id
            for at in kept:
                if self._whole.candidates[at].suite == suite:
                    self._faults[at] = (UnscorableReason.INVALID_SUITE, item.message)
        rest = [one for at, one in enumerate(self._whole.candidates) if at not in self._faults]
        used = {candidate.suite for candidate in rest}
        suites = [suite for suite in self._whole.suites if suite.id in used]
        # A part of a valid request is valid, so it is not validated again.
        self.request = self._whole.model_copy(update={"candidates": rest, "suites": suites})
        return len(rest) < len(kept)

    def results(self, judged: Sequence[CandidateResult]) -> list[CandidateResult]:
        """Return a result for each candidate of the whole request; ``judged`` are those of what was left."""
        if not self._faults:
            return list(judged)
        rest = iter(judged)
        return [
            self._unscorable(at) if at in self._faults else self._numbered(next(rest), at)
            for at in range(len(self._whole.candidates))
        ]

    def _numbered(self, result: CandidateResult, at: int) -> CandidateResult:
        given = self._whole.candidates[at].id
        return result.model_copy(update={"index": at, "id": str(at) if given is None else given})

    def _unscorable(self, at: int) -> CandidateResult:
        reason, detail = self._faults[at]
        candidate = self._whole.candidates[at]
        return CandidateResult(
            id=str(at) if candidate.id is None else candidate.id, index=at, suite=candidate.suite,
            status=Status.UNSCORABLE, reason=reason, detail=detail,
        )  # fmt: skip
