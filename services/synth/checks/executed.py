"""Reads from the executor's answer which tests are no use: invalid ones, and ones that a null program passes. Pure."""

from collections.abc import Sequence

from clients.contract import ExecutionResponse, Outcome, Status, TestDrop, UnscorableReason
from services.synth.checks.rules import Fault

NULL_PROGRAM = "def {entry_point}(*_, **__):\n    raise NotImplementedError\n"
"""The candidate of the request: outcomes need one. The executor adds further null programs of its own."""
NULL_SCRIPT = "raise NotImplementedError\n"
"""The same for a question whose programs are scripts."""
_SERVICE_FAULTS = frozenset(
    {
        UnscorableReason.WORKER_LOST,
        UnscorableReason.DEADLINE,
        UnscorableReason.CANCELLED,
        UnscorableReason.QUEUE_UNAVAILABLE,
    }
)
"""Reasons that lie in the service, so that the same request may have an answer later."""


class NoAnswerError(Exception):
    """The tests break the jail, time after time, so that none of them is known to be valid."""


def service_fault(response: ExecutionResponse) -> str:
    """Return why the service could not judge the tests now; empty if it did, or if the tests are the reason."""
    return next((result.reason_text for result in response.results if result.reason in _SERVICE_FAULTS), "")


def faults_when_run(
    response: ExecutionResponse, positions: Sequence[int], *, drop_weak: bool
) -> dict[int, Fault]:
    """Return what is wrong with the tests of a request, by their position in the row.

    ``positions`` are the row's positions of the suite's tests, in the suite's order.

    Raises:
        NoAnswerError: the null programs have no verdict for a reason that lies neither in the suite nor in the service.
    """
    suite, result = response.suites[0], response.results[0]
    if result.status is not Status.JUDGED and result.reason is not UnscorableReason.INVALID_SUITE:
        raise NoAnswerError(result.reason_text)
    outcomes = [test.outcome for test in result.tests] or [Outcome.INVALID_TEST] * len(positions)
    invalid = {at for at, outcome in enumerate(outcomes) if outcome is Outcome.INVALID_TEST}
    invalid |= {*suite.invalid_tests}
    messages = {at: test.message for at, test in enumerate(result.tests)}
    faults = {
        positions[at]: Fault(
            TestDrop.INVALID, messages.get(at) or result.detail or "the executor calls it invalid"
        )
        for at in sorted(invalid)
    }
    if drop_weak:
        if suite.weak_tests is None and len(faults) < len(positions):
            raise NoAnswerError("null programs of the suite have no verdict")
        weak = Fault(TestDrop.WEAK, "a program that does nothing useful passes it")
        faults |= {positions[at]: weak for at in suite.weak_tests or () if at not in invalid}
    return faults
