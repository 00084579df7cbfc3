"""Judges a program that binds names of the library's too: once under each binding. A test passes if both passed.

The suite is judged completely under the library's binding, and only then under the program's. There, arguments of
tests reach functions of the program in place of the library's, expected values among them; at that time the first half
of the verdict is final. Each half has loads of its own: a program that keeps state is in the same state in both.

The few programs that this concerns cost twice as much. While the first half runs, no outcome is reported: if the
checker itself dies meanwhile, the first test fails for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .plan import CompiledTest
from .runner import ProgramRun, RecordedOutcomes

_NOT_RUN = ("not_run", "", False)


class LoadingTests(Protocol):
    """Tests that run against a load of the program."""

    @property
    def size(self) -> int:
        """The number of tests."""
        ...

    @property
    def invalid(self) -> Mapping[int, str]:
        """Tests that can judge no program, by number, with the reason."""
        ...

    def run_load(self, program_run: ProgramRun, t: int, binding: "Binding") -> int:
        """Load the program once and run tests from ``t`` on under a binding; return the next test to run."""
        ...


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose objects the ambiguous names of tests are bound to, in one judgement of a suite."""

    library_outcomes: RecordedOutcomes | None = None
    """For the program's binding: what each test came to under the library's. ``None``: this is the library's."""

    @property
    def is_library(self) -> bool:
        """Whether the names are the library's."""
        return self.library_outcomes is None

    def contested(self, test: CompiledTest, values: dict[str, Any]) -> dict[str, Any]:
        """Return the names of a test that are the program's under this binding only."""
        return {} if self.is_library else test.contested(values)

    def combine(self, t: int, names: Mapping[str, Any], outcome: str, message: str) -> tuple[str, str]:
        """Return outcome and message of a test under both bindings; ``names`` are those that are bound differently."""
        if not names or self.library_outcomes is None:
            return outcome, message
        library_outcome, library_message, _mark = self.library_outcomes.get(t, _NOT_RUN)
        if library_outcome == "invalid_test":
            return library_outcome, library_message
        if outcome != "passed" or library_outcome == "passed":
            return outcome, message
        return library_outcome, f"with the library's {', '.join(names)}: {library_message}"

    def library_mark(self, t: int, names: Mapping[str, Any]) -> bool | str:
        """Return how a pass of the test was marked under the library's binding."""
        return self.library_outcomes.get(t, _NOT_RUN)[2] if names and self.library_outcomes else False


@dataclass(frozen=True, slots=True)
class _BoundTests:
    """The tests of one suite under one binding: a ``runner.PreparedTests``."""

    tests: LoadingTests
    binding: Binding

    @property
    def size(self) -> int:
        return self.tests.size

    @property
    def invalid(self) -> Mapping[int, str]:
        return self.tests.invalid

    def run(self, program_run: ProgramRun, t: int) -> int:
        return self.tests.run_load(program_run, t, self.binding)


def judge(tests: LoadingTests, program_run: ProgramRun, start: int) -> int:
    """Report an outcome for every test from ``start`` on; return the size of the suite: no test is left to run."""
    recording, outcomes = program_run.recording()
    recording.run_from(_BoundTests(tests, Binding()), start)
    return program_run.run_from(_BoundTests(tests, Binding(outcomes)), start)
