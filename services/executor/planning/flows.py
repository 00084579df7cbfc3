"""Names the flow that an execution belongs to: the work of one caller and one run. Pure.

A flow is the unit of fair queueing (``broker/turns.py``): callers that wait get equal shares of the workers, and so do
the runs of one caller.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from services.common.shares import has_room


@dataclass(frozen=True, slots=True)
class Flow:
    """The work of one caller and one run."""

    caller: str
    """Name of the API key that the requests carry."""
    run: str = ""
    """The run that the requests name (``ExecutionRequest.run``); empty: they name none."""

    def __str__(self) -> str:
        """Return the flow as Redis holds it: a run has no blank in it."""
        return f"{self.caller} {self.run}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the flow that ``str`` made ``text`` of."""
        caller, _, run = text.rpartition(" ")
        return cls(caller, run)


def count_before(waiting: Mapping[Flow, int], flow: Flow, units: int) -> int:
    """Return how many of the units that wait in a queue are judged before the last of ``units`` more of a flow.

    ``waiting`` is what every flow has in the queue. The flow's own units are served in order, so all of them count. Of
    another run of the caller counts as much as the flow has itself, and of another caller as much as the caller has,
    because they take turns. All units count as equally slow.
    """
    own = waiting.get(flow, 0) + units
    of_caller = own
    of_others: Counter[str] = Counter()
    for other, count in waiting.items():
        if other.caller != flow.caller:
            of_others[other.caller] += count
        elif other != flow:
            of_caller += min(count, own)
    return of_caller + sum(min(count, of_caller) for count in of_others.values()) - units


def may_queue(waiting: Mapping[Flow, int], flow: Flow, candidates: int, limit: int) -> bool:
    """Return whether a flow may put so many candidates into a queue of at most ``limit``.

    ``waiting`` is what every flow has in the queue. If there is no room for all, each caller may fill an equal share of
    the limit, and each run an equal share of its caller's (``services.common.shares``).
    """
    runs = {other: count for other, count in waiting.items() if other.caller == flow.caller}
    callers = {other.caller for other in waiting} | {flow.caller}
    return has_room(
        candidates,
        own=runs.get(flow, 0),
        of_caller=sum(runs.values()),
        total=sum(waiting.values()),
        limit=limit,
        share=limit / len(callers) / len({*runs, flow}),
    )
