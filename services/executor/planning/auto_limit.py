"""``cpu_s: "auto"``: what passing candidates of a suite needed decides what the others get. Pure.

Two rounds. All candidates first run under ``PROBE_S``. It is also the least limit that can be arrived at,
so whatever ended within it stands, and only those that ran out of it are judged again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from clients.contract import Limits, Outcome
from services.executor.planning.plan import Unit
from services.executor.results.records import Verdict

PROBE_S = 0.1
"""Limit of the first round: fifty times what a usual test takes."""
FACTOR = 10
"""How much slower than the slowest passing candidate a program may be."""


def decide(verdicts: Iterable[Verdict]) -> float:
    """CPU seconds of one test, from the first round's verdicts on one suite.

    Without a passing candidate there is no evidence, and the default of ``Limits.cpu_s`` holds. Two digits
    are kept, so that repeated requests ask for the same work and find it in the cache.
    """
    default = float(Limits().cpu_s)
    peaks = [verdict.peak_cpu_s for verdict in verdicts if verdict.perfect]
    if not peaks:
        return default
    return float(f"{min(max(FACTOR * max(peaks), PROBE_S), default):.2g}")


def ran_out(verdict: Verdict) -> bool:
    """Whether a first-round verdict may change under a higher limit."""
    return Outcome.TIME_LIMIT in verdict.outcomes


@dataclass(slots=True)
class Calibration:
    """The first round of one suite."""

    expected: set[int]
    """Numbers of the units without an answer."""
    verdicts: list[Verdict] = field(default_factory=list)
    held: list[tuple[Unit, Verdict, bool]] = field(default_factory=list)
    """Units that ran out of the probe, with their verdict and whether it came from the cache."""
    limit_s: float | None = None
    """What was decided, once it is."""

    def settle(self, unit: Unit, verdict: Verdict | None, *, cached: bool) -> bool:
        """Take one answer (``None``: a fault). Whether it stands; else it is held until the decision.

        An answer that comes twice changes nothing: the first one is held.
        """
        if unit.number not in self.expected:
            return False
        self.expected.discard(unit.number)
        stands = True
        if verdict is not None:
            self.verdicts.append(verdict)
            if ran_out(verdict):
                self.held.append((unit, verdict, cached))
                stands = False
        if not self.expected:
            self.limit_s = decide(self.verdicts)
        return stands
