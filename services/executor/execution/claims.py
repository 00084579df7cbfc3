"""Claims the units of one execution in the cache, and keeps those that other executions have judged at the moment.

``broker.cache`` says what a claim is. Which unit has a result, and what becomes of the others, is ``execution``'s.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from services.executor.broker.cache import Cache, Claim
from services.executor.planning.flows import Flow
from services.executor.planning.plan import Unit

CLAIM_AGAIN_S = 0.1
"""Pause between two checks of units that another execution has claimed."""
COPIES_PER_BEAT = 16
"""Units claimed by another flow that an execution has judged itself, in each second after the first. So a run whose
programs are also at the end of another's long queue does not wait for that queue, and two runs of the same programs
judge most of them once."""


@dataclass(slots=True)
class ClaimedUnits:
    """What became of units that were claimed; those of other executions are in ``Claims``."""

    records: list[tuple[Unit, bytes]] = field(default_factory=list)
    """Units that the cache has a record of."""
    to_send: list[Unit] = field(default_factory=list)


class Claims:
    """The claims of one execution."""

    def __init__(self, execution_id: str, flow: Flow, cache: Cache, claim_s: int) -> None:
        """``claim_s`` is when a claim expires if nothing else ends it."""
        self._execution_id = execution_id
        self._flow = flow
        self._cache = cache
        self._claim_s = claim_s
        self._elsewhere: dict[int, Unit] = {}
        """Units that another execution has judged at the moment, by number."""
        self._copies_left = 0
        self._claimed_at = time.monotonic()

    @property
    def elsewhere(self) -> Collection[int]:
        """Numbers of the units that another execution has judged at the moment."""
        return self._elsewhere.keys()

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask again for units of other executions."""
        return bool(self._elsewhere) and time.monotonic() - self._claimed_at >= CLAIM_AGAIN_S

    def allow_copies(self) -> None:
        """Have ``COPIES_PER_BEAT`` units that another flow has claimed judged for this execution, too."""
        self._copies_left = COPIES_PER_BEAT

    async def claim_again(self) -> ClaimedUnits:
        """Claim the units that another execution had claimed."""
        return await self.claim(list(self._elsewhere.values()))

    async def claim(self, units: Sequence[Unit]) -> ClaimedUnits:
        """Claim units that have no record, and keep those that another execution has claimed."""
        answers = await self._cache.claim(
            self._execution_id, self._flow, [unit.key for unit in units], self._claim_s
        )
        claimed = ClaimedUnits()
        for unit, answer in zip(units, answers, strict=True):
            sends_copy = answer is Claim.HELD_BY_OTHER and self._copies_left > 0
            if isinstance(answer, Claim) and answer is not Claim.GRANTED and not sends_copy:
                self._elsewhere[unit.number] = unit
                continue
            self._copies_left -= sends_copy
            self._elsewhere.pop(unit.number, None)
            if isinstance(answer, bytes):
                claimed.records.append((unit, answer))
            else:
                claimed.to_send.append(unit)
        self._claimed_at = time.monotonic()
        return claimed

    async def release(self, unit: Unit) -> None:
        """Drop the claim on a unit that got no verdict."""
        await self._cache.release(self._execution_id, [unit.key])
