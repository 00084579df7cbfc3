"""Runs the tests of a suite against one load of a program, and reports an outcome for each.

The load is made, and repeated where tests are left, by the kind of the tests (``kinds.asserts``). What a test's end
means is decided here and in ``outcomes``: it may have shown that the test itself is invalid.
"""

import random
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ..wire.orders import DECIDED
from .both_bindings import Binding
from .candidate_process import CandidateLost
from .class_uses import bound_patterns
from .evaluation import evaluation
from .expected_answers import hash_of
from .given_classes import is_of_language
from .outcomes import escape_controls, wrong_answer_message
from .own_time import OVER_LIMIT, own_time
from .plan import CompiledTest, Plan
from .process_state import process_state
from .proxies import CallableProxy
from .rpc_client import CandidateClient
from .runner import TOTAL_SPENT, ProgramRun
from .vacuity import is_skip
from .value_client import ValueClient


class LoadableTests(Protocol):
    """The tests of one suite, and what is found out about them once for all programs."""

    plan: Plan
    size: int
    fresh: bool
    """Whether each test runs against a load of its own."""
    is_set_up: bool
    """Whether the setup has run to its end before a test of this suite, or there is none."""

    def prefetch_line(self, start: int) -> tuple[bytes, int]:
        """Return the line that prefetches the calls of the tests from ``start`` on, and the number of calls."""
        ...

    def reason_if_vacuous(
        self, t: int, error: BaseException | None, namespace: dict[str, Any], *, is_setup_asking: bool
    ) -> str:
        """Return why a test that asked the program nothing is invalid; empty if it is valid."""
        ...


@dataclass(slots=True)
class _TestEnd:
    """How the execution of one test ended."""

    error: BaseException | None = None
    """What ended it early."""
    is_set_up: bool = False
    """Whether its setup ran to its end."""
    setup_questions: int = 0
    """What its setup asked the program."""


class LoadedRun:
    """One load of a program, and the tests that run against it."""

    def __init__(
        self, tests: LoadableTests, program_run: ProgramRun, client: CandidateClient, binding: Binding
    ) -> None:
        self._tests = tests
        self._binding = binding
        self._plan = tests.plan
        self._program_run = program_run
        self._client = client
        self._given = frozenset(name for name, value in client.values.items() if is_of_language(value))
        """The program's names that are bound to classes of the language."""
        self._functions = (
            {name for name, value in client.values.items() if isinstance(value, CallableProxy)}
            if tests.plan.is_setup_repeatable
            else ()
        )
        """Names whose prefetched answers may pass a test as they are written (``expected_answers``)."""

    def run_from(self, t: int) -> int:
        """Run the tests from ``t`` on; return the next test to run, against another load."""
        run, client = self._program_run, self._client
        if client.load_failure is not None:
            outcome, message = run.apply_cpu_limit(*client.load_failure, client.link)
            return run.fill_remaining(t, outcome, message, cpu_s=client.link.time.total_cpu_s())
        is_first, outcome = True, ""
        while t < self._tests.size:
            test = self._plan.tests[t]
            if test.code is None:
                run.report_invalid(t)
                t += 1
                continue
            # Under the program's binding the first call may be another one than under the library's, for which the
            # calls were found.
            is_prefetched = test.prefetch is not None and self._binding.is_library
            if is_prefetched and not client.pending_prefetched:
                self._prefetch(t)
            compared = self._compare_ready(t, is_first=is_first) if is_prefetched else t
            if compared == t:
                run.before_test()
                ended = self._run_test(t, test, is_first=is_first, is_prefetched=is_prefetched)
                if ended is None:
                    return t
                outcome, compared = ended, t + 1
            t, is_first = compared, False
            if client.link.lost or (outcome == "time_limit" and run.suite.stop_on_timeout):
                return run.next_after(t - 1, outcome)
            if self._tests.fresh:
                break
            if t < self._tests.size and run.is_total_spent_with(client.link):
                return run.fill_remaining(t, "not_run", TOTAL_SPENT)
        return t

    def _prefetch(self, t: int) -> None:
        line, calls = self._tests.prefetch_line(t)
        try:
            self._client.prefetch(line, calls)
        except CandidateLost:
            return  # the test's own call raises it again

    def _compare_ready(self, t: int, *, is_first: bool) -> int:
        """Report the outcomes of tests from ``t`` on whose answers have arrived and are all that the tests look at
        (``expected_answers``); return the next test, which is to run.
        """
        client, run, tests = self._client, self._program_run, self._plan.tests
        link, lines = client.link, client.link.ready_lines
        if not self._may_compare():
            return t
        while lines and t < len(tests) and client.pending_prefetched:
            call = tests[t].prefetch
            read = (
                call.answer.read(lines[0])
                if call is not None and call.answer is not None and call.name in self._functions
                else None
            )
            if read is None:
                break
            cpu_s, value, has_passed = read
            is_last = client.pending_prefetched == 1
            used_s = link.time.take_prefetched(cpu_s, is_first=is_first, is_last=is_last)
            if used_s is None:
                break
            lines.popleft()
            client.pending_prefetched -= 1
            self._report_compared(t, used_s, value, has_passed=has_passed)
            t, is_first = t + 1, False
            if self._tests.fresh or run.is_total_spent_with(link):
                break
        return t

    def _may_compare(self) -> bool:
        """Whether nothing but its answer can have a say in a test now."""
        client = self._client
        return (
            bool(self._functions)
            and self._tests.is_set_up
            and client.link.lost is None
            and client.surroundings is None
            and not client.refs.provenance.has_methods_of_answers
        )

    def _report_compared(self, t: int, used_s: float, value: Any, *, has_passed: bool) -> None:
        run = self._program_run
        value_hash = hash_of(value) if run.suite.values else None
        if has_passed:
            run.report(t, "passed", used_s, "", value_hash=value_hash)
        else:
            run.report(t, "wrong_answer", used_s, wrong_answer_message(value), value_hash=value_hash)
            process_state.restore(may_be_changed=self._plan.may_change_state)

    def _run_test(self, t: int, test: CompiledTest, *, is_first: bool, is_prefetched: bool) -> str | None:
        """Run one test and report its outcome; return the outcome. ``None``: it is to run against another load."""
        client, plan = self._client, self._plan
        client.start_test(is_first=is_first, is_prefetched=is_prefetched)
        if t in plan.surrounded:
            client.surround()
        client.evaluates = t in plan.evaluating
        evaluation.start_test(partial(self._announce_evaluation, t), (*plan.setup, test.code))
        contested = self._binding.contested(test, client.values)
        namespace = client.namespace(test.globals_for(client.values, contested, plan.subjects))
        if plan.patterns:
            namespace.update(bound_patterns(plan.patterns, client.values))
        end = self._execute(test, namespace)
        if self._is_setup_disturbed(end, contested):
            return None
        outcome, message = self._outcome(t, end, contested, namespace)
        if client.has_changed_arguments and t in plan.recomputing:
            client.mark_rests_on_program()
        if contested:
            outcome, message = self._binding.combine(t, contested, outcome, message)
        self._report(t, contested, outcome, message)
        if evaluation.is_announced:
            self._program_run.end_session()
        return outcome

    def _execute(self, test: CompiledTest, namespace: dict[str, Any]) -> _TestEnd:
        """Execute the setup and the test."""
        classes, values = self._client.refs.classes, self._client.values
        classes.start_test(test.code, [values[name] for name in self._given.intersection(test.names)])
        try:
            end = self._execute_in_time(test, namespace)
        finally:
            classes.end_test()
        end.error = end.error or classes.failed_assertion
        return end

    def _execute_in_time(self, test: CompiledTest, namespace: dict[str, Any]) -> _TestEnd:
        """Execute them within the time for a test's own code."""
        if "random" in namespace:
            random.seed(0)  # a test that draws numbers draws the same ones for every candidate
        end = _TestEnd()
        try:
            try:
                own_time.start(self._client.link, self._program_run.suite.limits.cpu_s)
                for setup in self._plan.setup:
                    exec(setup, namespace)  # noqa: S102
                end.is_set_up = self._tests.is_set_up = True
                end.setup_questions = self._client.asked
                assert test.code is not None
                exec(test.code, namespace)  # noqa: S102
            finally:
                own_time.stop()
        except BaseException as caught:  # noqa: BLE001  -- whatever ends a test early decides its outcome
            end.error = caught
        own_time.stop()  # once more, in case that the timer interrupted the first
        # it could not undo what it had changed, or was interrupted within the library
        if end.error is not None:
            is_lost = self._client.link.lost is not None
            process_state.restore(may_be_changed=self._plan.may_change_state or is_lost)
        return end

    def _outcome(
        self, t: int, end: _TestEnd, contested: dict[str, Any], namespace: dict[str, Any]
    ) -> tuple[str, str]:
        """Return outcome and message of a test under this binding: a test may turn out to be invalid only now."""
        outcome, message = self._client.outcome(end.error)
        if not end.is_set_up:
            if self._is_setup_at_fault(contested) and not isinstance(end.error, MemoryError):
                return "invalid_test", escape_controls(f"setup: {type(end.error).__name__}: {end.error}")
        elif self._client.asked == end.setup_questions and (outcome == "passed" or is_skip(end.error)):
            is_setup_asking = end.setup_questions > 0
            reason = self._tests.reason_if_vacuous(t, end.error, namespace, is_setup_asking=is_setup_asking)
            if reason:
                return "invalid_test", reason
        return self._program_run.apply_cpu_limit(outcome, message, self._client.link)

    def _is_setup_at_fault(self, contested: dict[str, Any]) -> bool:
        """Whether a setup that raised is the cause itself: it uses nothing of the program's."""
        return (
            self._plan.is_setup_independent
            and not self._client.link.lost
            and contested.keys().isdisjoint(self._plan.setup_names)
        )

    def _is_setup_disturbed(self, end: _TestEnd, contested: dict[str, Any]) -> bool:
        """Whether files that the program wrote for earlier tests may be why a setup failed. It is invalid only if it
        fails in an empty folder too, as after a load.
        """
        around = self._client.load_surroundings
        may_be = not end.is_set_up and around is not None and around.has_program_files
        return may_be and self._is_setup_at_fault(contested)

    def _report(self, t: int, contested: dict[str, Any], outcome: str, message: str) -> None:
        """Report the outcome of a test, with its mark and its CPU time."""
        client, run = self._client, self._program_run
        mark = self._binding.library_mark(t, contested) if contested else False
        rests = (client.rests_on_program or bool(mark)) and outcome == "passed"
        is_decided = rests and (client.decided_by_program or mark == DECIDED)
        used_s = client.link.time.used_s()
        if message == OVER_LIMIT:
            used_s += run.charge_own_time(used_s)
        run.report(
            t,
            outcome,
            used_s,
            message,
            rests_on_program=rests,
            decided_by_program=is_decided,
            value_hash=self._value_hash(outcome),
        )

    def _value_hash(self, outcome: str) -> str | None:
        """Return the hash of what the program answered to the test, if the request asks for it.

        A test that evaluates an answer has none: the program might write its message.
        """
        client = self._client
        if not isinstance(client, ValueClient) or evaluation.is_announced:
            return None
        return client.value_hash(outcome)

    def _announce_evaluation(self, t: int) -> None:
        self._client.mark_rests_on_program()
        self._program_run.announce_evaluation(t, self._client.link)
