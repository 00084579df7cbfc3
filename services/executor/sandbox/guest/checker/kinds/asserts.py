"""Runs assert tests, in the checker process: Python statements that call the program's names and fail by raising.

A test runs in this process, with the program's names bound to proxies. One load of the program serves the tests from
``t`` on until the candidate is lost, or one test only (``state: fresh``).
"""

import random
from typing import Any

from ...wire import codec
from ..candidate_link import CandidateLink
from ..candidate_process import CandidateLost
from ..outcomes import escape_controls
from ..plan import CompiledTest, Plan, make_plan
from ..rpc_client import CandidateClient
from ..runner import TOTAL_SPENT, ProgramRun


def prepare(message: dict[str, Any]) -> "AssertTests":
    """Compile the tests of the worker's message."""
    plan = make_plan(message["asserts"], message["setup"], message["entry_point"])
    return AssertTests(plan, fresh=message["state"] == "fresh")


class AssertTests:
    """The compiled tests of one suite, and the lines that prefetch their calls."""

    def __init__(self, plan: Plan, *, fresh: bool) -> None:
        """``fresh``: each test runs against a load of its own."""
        self.plan = plan
        self.size = len(plan.tests)
        self.fresh = fresh
        self.invalid = {t: test.error for t, test in enumerate(plan.tests) if test.code is None}
        self._prefetch_lines: dict[int, tuple[bytes, int]] = {}

    def run(self, program_run: ProgramRun, t: int) -> int:
        """Load the program once and run the tests from ``t`` on until it is lost; return the next test to run."""
        link = CandidateLink(program_run.orders, program_run.limits_left(), program_run.spent_cpu_s)
        client = CandidateClient(link)
        try:
            self._load(program_run, client, t)
        except CandidateLost as lost:
            outcome, message = program_run.apply_cpu_limit(lost.outcome, lost.message, link)
            message = f"while loading: {message}"
            return program_run.fill_remaining(t, outcome, message, cpu_s=link.time.total_cpu_s())
        else:
            return _LoadedRun(self, program_run, client).run_from(t)
        finally:
            program_run.spent_cpu_s += link.time.total_cpu_s()
            program_run.add_idle(link.time.idle.total_s)
            link.end()

    def _load(self, program_run: ProgramRun, client: CandidateClient, t: int) -> None:
        batch, calls = self.prefetch_line(t)
        names = self.plan.names
        load = codec.dumps(["load", *program_run.program, names, not batch]).encode() + b"\n"
        client.link.send_text(load + batch)
        client.receive_load(names, calls)

    def prefetch_line(self, start: int) -> tuple[bytes, int]:
        """Return the line that prefetches the calls of the tests from ``start`` on, and the number of calls.

        The calls end before the first test whose call cannot be prefetched. Without any, the line is empty.
        """
        if start not in self._prefetch_lines:
            calls = []
            for test in self.plan.tests[start : start + 1 if self.fresh else None]:
                if test.code is not None and test.prefetch is None:
                    break
                if test.prefetch is not None:
                    calls.append(test.prefetch.line())
            line = codec.dumps(["batch", calls]).encode() + b"\n" if calls else b""
            self._prefetch_lines[start] = (line, len(calls))
        return self._prefetch_lines[start]


class _LoadedRun:
    """One load of a program, and the tests that run against it."""

    def __init__(self, tests: AssertTests, program_run: ProgramRun, client: CandidateClient) -> None:
        self._tests = tests
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
            if test.prefetch is not None and not client.pending_prefetched:
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

    def _prefetch(self, t: int) -> None:
        line, calls = self._tests.prefetch_line(t)
        try:
            self._client.prefetch(line, calls)
        except CandidateLost:
            return  # the test's own call raises it again

    def _run_test(self, t: int, test: CompiledTest, *, is_first: bool) -> str:
        """Run one test and report its outcome; return the outcome."""
        client = self._client
        client.start_test(is_first=is_first, is_prefetched=test.prefetch is not None)
        namespace = client.namespace(self._plan.library)
        if "random" in namespace:
            random.seed(0)  # a test that draws numbers draws the same ones for every candidate
        error: BaseException | None = None
        is_set_up = False
        try:
            for setup in self._plan.setup:
                exec(setup, namespace)  # noqa: S102
            is_set_up = True
            assert test.code is not None
            exec(test.code, namespace)  # noqa: S102
        except BaseException as caught:  # noqa: BLE001  -- whatever ends a test early decides its outcome
            error = caught
        outcome, message = client.outcome(error)
        if not is_set_up and self._plan.is_setup_independent:
            outcome, message = "invalid_test", escape_controls(f"setup: {type(error).__name__}: {error}")
        else:
            outcome, message = self._program_run.apply_cpu_limit(outcome, message, client.link)
        rests = client.rests_on_program and outcome == "passed"
        used_s = client.link.time.used_s()
        self._program_run.report(t, outcome, used_s, message, rests_on_program=rests)
        return outcome
