"""Keeps which units of one execution have no result yet, and decides what a result means for a unit's candidates.

A result is written at once, unless the CPU limit of its suite (``cpu_s: "auto"``) or the suite's weak tests have to be
known first. Left to ``execution``: how units are sent, and where their results come from. No I/O.
"""

from collections.abc import Collection, Iterator, Sequence

from clients.contract import SuiteInfo, WeakTests
from services.executor.execution.results import ResultWriter
from services.executor.execution.unit_maker import UnitMaker
from services.executor.execution.weak_tests import HeldResult, WeakTestFinder
from services.executor.planning.auto_limit import PROBE_S, Calibration
from services.executor.planning.plan import Unit
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, Verdict


class UnitResults:
    """The units of one execution, and the results that they got."""

    def __init__(self, valid_request: ValidRequest, suite_keys: Sequence[str], writer: ResultWriter) -> None:
        self._valid_request = valid_request
        self._writer = writer
        self._maker = UnitMaker(valid_request, suite_keys)
        self._missing: dict[int, Unit] = {}
        """Units whose candidates have no result yet, by number."""
        self._weak_tests = WeakTestFinder(valid_request.request.weak_tests, valid_request.request.reward)
        self._calibrations: dict[int, Calibration] = {}
        """First rounds of ``cpu_s: "auto"``, by position of the suite."""

    @property
    def are_complete(self) -> bool:
        """Whether every unit has a result."""
        return not self._missing

    def without_result(self, number: int) -> Unit | None:
        """Return the unit of this number, if it has no result yet."""
        return self._missing.get(number)

    def expected(self) -> Iterator[Unit]:
        """Yield the units without a result, except those whose result is deferred to their suite's second round."""
        deferred = {unit.number for each in self._calibrations.values() for unit, *_ in each.deferred}
        return (unit for number, unit in self._missing.items() if number not in deferred)

    def first_round(self, members: Sequence[int]) -> list[Unit]:
        """Return the units of the candidates at these positions, and those of their suites' null programs."""
        request = self._valid_request.request
        is_auto = request.limits.cpu_s == "auto"
        units = self._maker.make(members, PROBE_S if is_auto else None)
        if is_auto:
            for unit in units:
                self._calibrations.setdefault(unit.suite, Calibration(set())).expected.add(unit.number)
        if request.weak_tests is not WeakTests.IGNORE:
            null = self._maker.make_null({unit.suite for unit in units})
            self._weak_tests.expect(null)
            units = sorted([*units, *null], key=lambda unit: unit.suite)
        return self._expect(units)

    def add(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> list[Unit]:
        """Add the result of a unit that has none; return the units that are to be judged because of it."""
        self._missing.pop(unit.number)
        if self._weak_tests.is_null(unit):
            for held in self._weak_tests.add(unit, result):
                self._write_held(unit.suite, held)
            return []
        calibration = self._calibrations.get(unit.suite)
        if calibration is None or calibration.limit_s is not None:
            self._write(unit, result, cached=cached)
            return []
        verdict = result if isinstance(result, Verdict) else None
        if calibration.add(unit, verdict, cached=cached):
            self._write(unit, result, cached=cached)
        else:
            self._missing[unit.number] = unit  # deferred: its result follows
        return [] if calibration.limit_s is None else self._second_round(calibration, calibration.limit_s)

    def give_up(self, fault: Fault) -> None:
        """Write ``fault`` as the result of every candidate that has none."""
        for members in (*(unit.members for unit in self._missing.values()), *self._weak_tests.give_up()):
            self._writer.add(members, fault, cached=False)
        self._missing.clear()

    def suite_infos(self) -> list[SuiteInfo]:
        """Return what is known of each suite; complete once every unit has a result."""
        limits = {suite: calibration.limit_s for suite, calibration in self._calibrations.items()}
        return [
            checked.info(limits.get(suite), self._weak_tests.of(suite))
            for suite, checked in enumerate(self._valid_request.suites)
        ]

    def _expect(self, units: list[Unit]) -> list[Unit]:
        self._missing.update((unit.number, unit) for unit in units)
        return units

    def _second_round(self, calibration: Calibration, limit_s: float) -> list[Unit]:
        """Write the deferred results that the limit makes final; return units of the other candidates."""
        members: list[int] = []
        for unit, verdict, cached in calibration.deferred:
            self._missing.pop(unit.number)
            if limit_s > PROBE_S:
                members += unit.members
            else:
                self._write(unit, verdict, cached=cached)
        calibration.deferred.clear()
        return self._expect(self._maker.make(members, limit_s)) if members else []

    def _write(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> None:
        """Write the result of a unit's candidates, or hold it back until the suite's weak tests are known."""
        held = HeldResult(unit.members, result, cached)
        if not self._weak_tests.hold(unit.suite, held):
            self._write_held(unit.suite, held)

    def _write_held(self, suite: int, held: HeldResult) -> None:
        excluded: Collection[int]
        excluded, fault = self._weak_tests.excluded(suite)
        result = fault or held.result
        self._writer.add(held.members, result, cached=held.cached and fault is None, excluded=excluded)
