"""Runs assert tests, in the checker process: Python statements that call the program's names and fail by raising.

A test runs in this process, with the program's names bound to proxies. One load of the program serves the tests from
``t`` on until the candidate is lost, or one test only (``state: fresh``).
"""

from types import CodeType
from typing import Any

from ...wire import codec
from .. import both_bindings
from ..both_bindings import Binding
from ..candidate_link import CandidateLink
from ..candidate_process import CandidateLost
from ..loaded_run import LoadedRun
from ..plan import Plan, make_plan
from ..prefetch import PrefetchCall, batch_size
from ..process_state import process_state
from ..rpc_client import CandidateClient
from ..runner import ProgramRun
from ..suite import declared_names
from ..surroundings import scratch
from ..vacuity import SecondRun, reason_behind_setup
from ..value_client import ValueClient

_LIBRARY = Binding()
_NO_FILES = (
    "a test that uses files cannot be judged under isolation profile D, where test and program see no file at the same "
    "path: use a worker of profile A, B or C"
)


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
        self.plan = plan = plan if scratch.takes_file_tests else plan.without_file_tests(_NO_FILES)
        self._unasked_code = unasked_code
        self._vacuity: dict[int, str] = {}
        self.size = len(plan.tests)
        self.fresh = fresh
        self.is_set_up = not plan.setup
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
        client = (ValueClient if program_run.suite.values else CandidateClient)(link, self._setup_names)
        try:
            self._load(program_run, client, t, binding or _LIBRARY)
        except CandidateLost as lost:
            outcome, message = program_run.apply_cpu_limit(lost.outcome, lost.message, link)
            message = f"while loading: {message}"
            return program_run.fill_remaining(t, outcome, message, cpu_s=link.time.total_cpu_s())
        else:
            if binding is None and self._is_contested(client, t):
                return None
            return LoadedRun(self, program_run, client, binding or _LIBRARY).run_from(t)
        finally:
            process_state.restore(may_be_changed=self.plan.may_change_state)
            program_run.spent_cpu_s += link.time.total_cpu_s()
            program_run.add_idle(link.time.idle.total_s)
            client.close()
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
