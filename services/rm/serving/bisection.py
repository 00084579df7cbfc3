"""Scores a batch so that a failure affects only the item that causes it: by bisection.

A backend that raises does not say which item is at fault. The items without a score are halved and each half is scored
again, down to single items. One faulty item among N costs about 2 log2(N) more calls of the backend.
"""

from collections.abc import Sequence
from math import isfinite

import structlog

from services.rm.backend import Deliver, ScoreResult, ScoringBackend
from services.rm.serving.fair_queue import QueueEntry

FAILED = "the backend failed; the service's log has the cause"


async def score_by_halves(
    backend: ScoringBackend, batch: Sequence[QueueEntry], indices: Sequence[int], deliver: Deliver
) -> None:
    """Score the entries at ``indices`` of a batch; deliver results with their indices in the batch."""
    delivered: set[int] = set()

    def deliver_here(scores: Sequence[tuple[int, ScoreResult]]) -> None:
        delivered.update(indices[place] for place, _ in scores)
        deliver([(indices[place], _without_non_finite(score)) for place, score in scores])

    def is_awaited(place: int) -> bool:
        return batch[indices[place]].is_awaited

    try:
        await backend.score([batch[index].item for index in indices], deliver_here, is_awaited)
    except Exception:  # noqa: BLE001 - any failure of a model or a server becomes the error of its items
        structlog.get_logger().exception("a batch failed", items=len(indices))
        left = [index for index in indices if index not in delivered]
        if len(left) < 2:
            deliver([(index, ScoreResult(error=FAILED, retryable=True)) for index in left])
            return
        for half in (left[: len(left) // 2], left[len(left) // 2 :]):
            await score_by_halves(backend, batch, half, deliver)


def _without_non_finite(score: ScoreResult) -> ScoreResult:
    """Turn NaN and infinity, from whatever backend, into an error."""
    if score.value is None or isfinite(score.value):
        return score
    return ScoreResult(error=f"the score is {score.value}, which cannot be ranked", computed=score.computed)
