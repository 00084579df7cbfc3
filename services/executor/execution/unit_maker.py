"""Makes and numbers the units of one execution, under the rules of its request. No I/O."""

from collections.abc import Collection, Iterable, Sequence

from clients.contract import Limits
from services.executor.planning.plan import Unit, make_units, null_units
from services.executor.requests.validation import ValidRequest
from services.executor.sandbox import Rules


class UnitMaker:
    """Numbers every unit of one execution, whichever round it belongs to."""

    def __init__(self, valid_request: ValidRequest, suite_keys: Sequence[str]) -> None:
        self._valid_request = valid_request
        self._suite_keys = suite_keys
        self._count = 0

    def make(self, members: Iterable[int], cpu_s: float | None) -> list[Unit]:
        """Return the units of the candidates at these positions; ``cpu_s`` replaces the CPU limit of the request."""
        limits = self._valid_request.request.limits
        if cpu_s is not None:
            limits = limits.model_copy(update={"cpu_s": cpu_s})
        units = make_units(self._valid_request, members, self._suite_keys, self._rules(limits), self._count)
        self._count += len(units)
        return units

    def make_null(self, suites: Collection[int]) -> list[Unit]:
        """Return the units of the null programs of the suites at these positions."""
        limits = self._valid_request.request.limits
        if limits.cpu_s == "auto":  # their limit does not follow from other programs
            limits = limits.model_copy(update={"cpu_s": Limits().cpu_s})
        units = null_units(self._valid_request, suites, self._suite_keys, self._rules(limits), self._count)
        self._count += len(units)
        return units

    def _rules(self, limits: Limits) -> Rules:
        request = self._valid_request.request
        return Rules(limits, request.state, request.on_timeout, values=request.values)
