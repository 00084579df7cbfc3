"""Decides the CPU limit of a suite for ``cpu_s: "auto"``, from what its passing candidates used. Pure.

There are two rounds. All candidates first run with the limit ``PROBE_S``. The limit that is decided is never lower,
so the verdict of every candidate that stayed within ``PROBE_S`` is final. Only the others are judged again.
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


def decide_limit(verdicts: Iterable[Verdict]) -> float:
    """Return the CPU seconds of one test, from the first round's verdicts on one suite.

    If no candidate passed there is no evidence, and the default of ``Limits.cpu_s`` applies. The result is rounded to
    two digits, so that repeated requests ask for the same limit and find their results in the cache.
    """
    default = float(Limits().cpu_s)
    peaks = [verdict.peak_cpu_s for verdict in verdicts if verdict.perfect]
    if not peaks:
        return default
    return float(f"{min(max(FACTOR * max(peaks), PROBE_S), default):.2g}")


def hit_limit(verdict: Verdict) -> bool:
    """Whether a verdict of the first round may change under a higher limit."""
    return Outcome.TIME_LIMIT in verdict.outcomes


@dataclass(slots=True)
class Calibration:
    """The first round of one suite."""

    expected: set[int]
    """Numbers of the units without a result."""
    verdicts: list[Verdict] = field(default_factory=list)
    deferred: list[tuple[Unit, Verdict, bool]] = field(default_factory=list)
    """Units that hit the limit, each with its verdict and whether that came from the cache."""
    limit_s: float | None = None
    """The limit that was decided; ``None`` until every unit has a result."""

    def add(self, unit: Unit, verdict: Verdict | None, *, cached: bool) -> bool:
        """Add the result of one unit (``None``: a fault); whether it is final. Else it is deferred.

        A result that arrives twice changes nothing: the first one was deferred.
        """
        if unit.number not in self.expected:
            return False
        self.expected.discard(unit.number)
        is_final = True
        if verdict is not None:
            self.verdicts.append(verdict)
            if hit_limit(verdict):
                self.deferred.append((unit, verdict, cached))
                is_final = False
        if not self.expected:
            self.limit_s = decide_limit(self.verdicts)
        return is_final
