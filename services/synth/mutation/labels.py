"""Gets the values of expressions out of programs, and labels new inputs where accepted programs agree. Pure.

The executor returns outcomes, and values only as what a program prints. So each accepted program is wrapped in a script
that reads one expression from standard input, evaluates it and prints the result; ``io`` tests without an expected
output return it. The program could print anything, but it cannot gain by it: a label needs several programs, and the
test that comes of it is judged like any other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract import IoTest, Outcome, TestResult
from services.synth.mutation.literals import NotPlainError, read
from services.synth.mutation.observations import Observation, may_be_expected, same_value

_MARK = "observed value: "
_SCRIPT = """
import sys, types
_module = types.ModuleType("candidate")
sys.modules["candidate"] = _module
exec(compile({source!r}, "<program>", "exec"), _module.__dict__)
_value = eval(sys.stdin.read(), _module.__dict__)
print()
print({mark!r} + repr(_value))
"""
"""Runs the program as an imported module, so that its ``__main__`` part does not read the expression."""


def observing_script(program: str, setup: str = "") -> str:
    """Return a script that evaluates the expression on its standard input in the program's names."""
    return _SCRIPT.format(source=f"{setup}\n{program}" if setup else program, mark=_MARK)


def observing_test(observation: Observation) -> IoTest:
    """Return the run that evaluates what ``observation`` observes."""
    return IoTest(stdin=observation.expression, stdout=None)


class NoValueError(ValueError):
    """Too few programs gave the same plain value for an expression, or no test may expect it."""


def _observed_text(result: TestResult) -> str | None:
    if result.outcome is not Outcome.PASSED or result.printed is None:
        return None
    last = result.printed.stdout.rstrip("\n").rpartition("\n")[2]
    return last.removeprefix(_MARK) if last.startswith(_MARK) else None


@dataclass(frozen=True, slots=True)
class AgreedValue:
    """The value that enough programs have."""

    value: Any
    programs: int
    """Number of programs that have it."""


def agreed_value(results: Sequence[TestResult], share: float = 1.0) -> AgreedValue:
    """Return the value that at least ``share`` of the programs have, more than a half of them in any case.

    A program that raises, runs out of time or has no plain value counts as one that disagrees: the input may be outside
    of what the question allows.

    Raises:
        NoValueError: too few agree, or no test may expect the value.
    """
    groups: list[AgreedValue] = []
    texts = Counter(text for result in results if (text := _observed_text(result)) is not None)
    for text, programs in texts.items():  # most programs print one text, which is read once
        try:
            value = read(text)
        except NotPlainError:
            continue
        at = next((at for at, group in enumerate(groups) if same_value(group.value, value)), None)
        if at is None:
            groups.append(AgreedValue(value, programs))
        else:
            groups[at] = AgreedValue(groups[at].value, groups[at].programs + programs)
    best = max(groups, key=lambda group: group.programs, default=AgreedValue(None, 0))
    if best.programs < share * len(results) or 2 * best.programs <= len(results):
        raise NoValueError(f"{best.programs} of {len(results)} programs agree")
    if not may_be_expected(best.value):
        raise NoValueError("it has floats inside a collection")
    return best
