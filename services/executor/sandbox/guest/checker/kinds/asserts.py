"""Runs assert tests, in the checker process: Python statements that call the program's names and fail by raising.

A test runs in this process, with the program's names bound to proxies. One load of the program serves the tests from
``t`` on until the candidate is lost, or one test only (``state: fresh``).
"""

import random
from functools import partial
from types import CodeType
from typing import Any

from ...wire import codec
from ...wire.orders import DECIDED
from .. import both_bindings
from ..both_bindings import Binding
from ..candidate_link import CandidateLink
from ..candidate_process import CandidateLost
from ..evaluation import evaluation
from ..outcomes import escape_controls
from ..own_time import OVER_LIMIT, own_time
from ..plan import CompiledTest, Plan, make_plan
from ..prefetch import PrefetchCall, batch_size
from ..rpc_client import CandidateClient
from ..runner import TOTAL_SPENT, ProgramRun
from ..suite import declared_names
from ..vacuity import SecondRun, is_skip, reason_behind_setup

_LIBRARY = Binding()


def prepare(message: dict[str, Any]) -> "AssertTests":
    """Compile the tests of the worker's message."""
    plan = make_plan(message["asserts"], message["setup"], declared_names(message))
    return AssertTests(plan, fresh=message["state"] == "fresh")


class AssertTests:
    """The compiled tests of one suite, and the lines that prefetch their calls."""

    def __init__(self, plan: Plan, *, fresh: bool, unasked_code: CodeType | None = None) -> None:
        """``fresh``: each test runs against a load of its own. ``unasked_code`` is the test as it runs when it is found
        whether it looks at the program (``vacuity``); else its own code runs.
        """
        self.plan = plan
        self._unasked_code = unasked_code
        self._vacuity: dict[int, str] = {}
        self.size = len(plan.tests)
        self.fresh = fresh
        self.invalid = {t: test.error for t, test in enumerate(plan.tests) if test.code is None}
        self._setup_names = frozenset(name for code in plan.setup for name in code.co_names)
        self._prefetch_lines: dict[int, tuple[bytes, int]] = {}

    def run(self, program_run: ProgramRun, t: int) -> int:
        """Load the program once and run the tests from ``t`` on until it is lost; return the next test to run.

        A program that binds a name of the library's is judged to the end, under both bindings.
        """
        spent_cpu_s = program_run.spent_cpu_s
        following = self._run_load(program_run, t, None)
        if following is not None:
            return following
        program_run.spent_cpu_s = spent_cpu_s  # that load showed only that there are two bindings
        return both_bindings.judge(self, program_run, t)

    def run_load(self, program_run: ProgramRun, t: int, binding: Binding) -> int:
        """Do the same under one binding."""
        following = self._run_load(program_run, t, binding)
        assert following is not None
        return following

    def _run_load(self, program_run: ProgramRun, t: int, binding: Binding | None) -> int | None:
        """Load and run. Without a binding: return ``None`` if the program binds a name that a test takes from the
        library.
        """
        link = CandidateLink(program_run.orders, program_run.limits_left(), program_run.spent_cpu_s)
        client = CandidateClient(link, self._setup_names)
        try:
            self._load(program_run, client, t, binding or _LIBRARY)
        except CandidateLost as lost:
            outcome, message = program_run.apply_cpu_limit(lost.outcome, lost.message, link)
            message = f"while loading: {message}"
            return program_run.fill_remaining(t, outcome, message, cpu_s=link.time.total_cpu_s())
        else:
            if binding is None and self._is_contested(client, t):
                return None
            return _LoadedRun(self, program_run, client, binding or _LIBRARY).run_from(t)
        finally:
            program_run.spent_cpu_s += link.time.total_cpu_s()
            program_run.add_idle(link.time.idle.total_s)
            link.end()

    def _load(self, program_run: ProgramRun, client: CandidateClient, t: int, binding: Binding) -> None:
        batch, calls = self.prefetch_line(t) if binding.is_library else (b"", 0)
        names = self.plan.names
        load = ["load", *program_run.program, names, not batch, self.plan.ambiguous]
        client.link.send_text(codec.dumps(load).encode() + b"\n" + batch)
        client.receive_load(names, calls)

    def reason_if_vacuous(
        self, t: int, error: BaseException | None, namespace: dict[str, Any], *, is_setup_asking: bool
    ) -> str:
        """Return why test ``t``, which asked nothing and ended with ``error``, is invalid; empty if it is valid.

        ``namespace`` is what it ran in; ``is_setup_asking`` is whether its setup asked the program. Found once for all
        programs: the answer depends on none of them.
        """
        if t not in self._vacuity:
            test = self.plan.tests[t]
            assert test.code is not None
            second_run = SecondRun(self.plan.setup, test.globals, test.names)
            if not is_setup_asking and not second_run.setup_looks():
                reason = second_run.reason(self._unasked_code or test.code, error)
            else:
                reason = reason_behind_setup(test.code, self.plan.setup, namespace, test.names)
            self._vacuity[t] = reason
        return self._vacuity[t]

    def _is_contested(self, client: CandidateClient, start: int) -> bool:
        """Whether the program binds a name that a test from ``start`` on takes from the library.

        In a suite with tests that may evaluate an answer, such names stay the library's: after one of these tests the
        worker trusts no other outcome of this checker, and nothing recorded here could be kept.
        """
        if self.plan.may_evaluate:
            return False
        numbers = self.plan.ambiguous_tests
        return any(t >= start and self.plan.tests[t].contested(client.values) for t in numbers)

    def prefetch_line(self, start: int) -> tuple[bytes, int]:
        """Return the line that prefetches the calls of the tests from ``start`` on, and the number of calls.

        The calls end before the first test whose call cannot be prefetched, or must not be in the same batch
        (``batch_size``). Without any, the line is empty.
        """
        if start not in self._prefetch_lines:
            calls: list[PrefetchCall] = []
            for test in self.plan.tests[start : start + 1 if self.fresh else None]:
                if test.code is not None and test.prefetch is None:
                    break
                if test.prefetch is not None:
                    calls.append(test.prefetch)
            calls = calls[: batch_size(calls)]
            lines = [call.line() for call in calls]
            line = codec.dumps(["batch", lines]).encode() + b"\n" if calls else b""
            self._prefetch_lines[start] = (line, len(calls))
        return self._prefetch_lines[start]


class _LoadedRun:
    """One load of a program, and the tests that run against it."""

    def __init__(
        self, tests: AssertTests, program_run: ProgramRun, client: CandidateClient, binding: Binding
    ) -> None:
        self._tests = tests
        self._binding = binding
        self._plan = tests.plan
        self._program_run = program_run
        self._client = client

    def run_from(self, t: int) -> int:
        """Run the tests from ``t`` on; return the next test to run, against another load."""
        run, client = self._program_run, self._client
        if client.load_failure is not None:
            outcome, message = run.apply_cpu_limit(*client.load_failure, client.link)
            return run.fill_remaining(t, outcome, message, cpu_s=client.link.time.total_cpu_s())
        is_first = True
        while t < self._tests.size:
            test = self._plan.tests[t]
            if test.code is None:
                run.report_invalid(t)
                t += 1
                continue
            run.before_test()
            if self._is_prefetched(test) and not client.pending_prefetched:
                self._prefetch(t)
            outcome = self._run_test(t, test, is_first=is_first)
            if client.link.lost or (outcome == "time_limit" and run.suite.stop_on_timeout):
                return run.next_after(t, outcome)
            t, is_first = t + 1, False
            if self._tests.fresh:
                break
            if t < self._tests.size and run.is_total_spent_with(client.link):
                return run.fill_remaining(t, "not_run", TOTAL_SPENT)
        return t

    def _is_prefetched(self, test: CompiledTest) -> bool:
        """Whether the test's call is made before it. Under the program's binding the first call may be another one
        than under the library's, for which the calls were found.
        """
        return test.prefetch is not None and self._binding.is_library

    def _prefetch(self, t: int) -> None:
        line, calls = self._tests.prefetch_line(t)
        try:
            self._client.prefetch(line, calls)
        except CandidateLost:
            return  # the test's own call raises it again

    def _run_test(self, t: int, test: CompiledTest, *, is_first: bool) -> str:
        """Run one test and report its outcome; return the outcome."""
        client = self._client
        client.start_test(is_first=is_first, is_prefetched=self._is_prefetched(test))
        client.evaluates = t in self._plan.evaluating
        evaluation.start_test(partial(self._announce_evaluation, t), (*self._plan.setup, test.code))
        contested = self._binding.contested(test, client.values)
        namespace = client.namespace(test.globals_for(client.values, contested, self._plan.subjects))
        if "random" in namespace:
            random.seed(0)  # a test that draws numbers draws the same ones for every candidate
        error: BaseException | None = None
        is_set_up, questions = False, 0
        try:
            try:
                own_time.start(client.link, self._program_run.suite.limits.cpu_s)
                for setup in self._plan.setup:
                    exec(setup, namespace)  # noqa: S102
                is_set_up = True
                questions = client.asked
                assert test.code is not None
                exec(test.code, namespace)  # noqa: S102
            finally:
                own_time.stop()
        except BaseException as caught:  # noqa: BLE001  -- whatever ends a test early decides its outcome
            error = caught
        own_time.stop()  # once more, in case that the timer interrupted the first
        outcome, message = client.outcome(error)
        if (
            not is_set_up
            and self._plan.is_setup_independent
            and not client.link.lost
            and contested.keys().isdisjoint(self._plan.setup_names)
        ):
            outcome, message = "invalid_test", escape_controls(f"setup: {type(error).__name__}: {error}")
        elif (
            is_set_up
            and client.asked == questions
            and (outcome == "passed" or is_skip(error))
            and (reason := self._tests.reason_if_vacuous(t, error, namespace, is_setup_asking=questions > 0))
        ):
            outcome, message = "invalid_test", reason
        else:
            outcome, message = self._program_run.apply_cpu_limit(outcome, message, client.link)
        if client.has_changed_arguments and t in self._plan.recomputing:
            client.mark_rests_on_program()
        outcome, message = self._binding.combine(t, contested, outcome, message)
        if mark := self._binding.library_mark(t, contested):
            client.mark_rests_on_program()
        rests = client.rests_on_program and outcome == "passed"
        is_decided = rests and (client.decided_by_program or mark == DECIDED)
        used_s = client.link.time.used_s()
        if message == OVER_LIMIT:
            used_s += self._program_run.charge_own_time(used_s)
        self._program_run.report(
            t, outcome, used_s, message, rests_on_program=rests, decided_by_program=is_decided
        )
        if evaluation.is_announced:
            self._program_run.end_session()
        return outcome

    def _announce_evaluation(self, t: int) -> None:
        self._client.mark_rests_on_program()
        self._program_run.announce_evaluation(t, self._client.link)
