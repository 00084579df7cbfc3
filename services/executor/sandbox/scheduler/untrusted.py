"""Reads the lines of a checker that runs what a program returned as code, and limits how long it may. Pure.

A checker is trusted until it announces that a test evaluates an answer (``guest/checker/evaluation.py``). From then on,
the program may write its lines. Taken from them is one result: that of the test which was announced. A pass is marked
``decided_by_program``. Everything else in the line is data under a cap, and any other line ends the session.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from clients.contract import Outcome
from services.executor.sandbox.guest.wire.orders import DECIDED

MAX_LINE_BYTES = 1 << 16
"""Far longer than the longest line: a message has 500 characters."""
MAX_LINES = 2
"""Our checker sends one."""
_MESSAGE_CHARS = 500
_MARGIN_S = 2.0
_IDLE_MARGIN_S = 1.0
"""Wall seconds beyond its CPU time that count as no idle time: on a busy machine, a test waits for a core."""
_POSSIBLE = frozenset(Outcome) - {Outcome.INVALID_TEST, Outcome.NOT_RUN, Outcome.SYNTAX_ERROR}
"""A program must not declare a test invalid that it fails."""


class ForgedLine(Exception):
    """A line that our checker never writes."""


@dataclass(frozen=True, slots=True)
class EvaluatingTest:
    """The announced test of one program, and when it was announced."""

    index: int
    t: int
    since_s: float

    def parse(self, line: bytes) -> list[list[Any]]:
        """Return the messages of a line, each of them well-formed. Raises ``ForgedLine``."""
        try:
            messages = json.loads(line)
            return [self._message(message) for message in messages]
        except (ValueError, TypeError, RecursionError) as error:
            raise ForgedLine from error

    def _message(self, message: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
        if message == ["edge", self.index]:
            return ["edge", self.index]
        kind, index, t, outcome, cpu_s, text, _rests = message
        is_possible = (
            [kind, index, t] == ["test", self.index, self.t]
            and outcome in _POSSIBLE
            and type(cpu_s) in (int, float)
            and 0 <= cpu_s < math.inf
            and type(text) is str
        )
        if not is_possible:
            raise ForgedLine
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:_MESSAGE_CHARS])
        mark = DECIDED if outcome == Outcome.PASSED else False
        return ["test", index, t, outcome, float(cpu_s), shown[:_MESSAGE_CHARS], mark]

    def idle_s(self, now_s: float, cpu_s: float) -> float:
        """Return the idle seconds of the test, which reported ``cpu_s``: a false report is charged in one way or the
        other.
        """
        idle_s = now_s - self.since_s - cpu_s
        return idle_s if idle_s > _IDLE_MARGIN_S else 0.0

    def is_stuck(self, now_s: float, cpu_s: float, cpu_limit_s: float, wall_limit_s: float) -> bool:
        """Whether the session goes on for longer than an honest one can, with ``cpu_s`` of CPU time since.

        The program may use twice its limit on a slow core, and the checker once, but neither enforces that now. A
        session that uses less than a tenth of the time counts as idle.
        """
        most_s = 3 * cpu_limit_s + _MARGIN_S
        return cpu_s > most_s or now_s - self.since_s > wall_limit_s + 10 * most_s
