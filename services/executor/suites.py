"""Which tests of a suite compile, and what remains to be run. Pure.

Tests are compiled here only to tell a user what is wrong with them; the sandbox compiles them again with
the environment's own Python and has the last word.
"""

import ast
import warnings
from dataclasses import dataclass
from functools import lru_cache

from clients.contract import Suite, SuiteInfo
from services.executor.grading import hash_tests

MAX_SOURCE_CHARS = 2**18
"""Longest test that is compiled: a quarter of a megabyte takes about as many milliseconds, during which
the process does nothing else."""


@dataclass(frozen=True, slots=True)
class CheckedSuite:
    """A suite and what was found in it."""

    suite: Suite
    test_hashes: tuple[str, ...]
    invalid: dict[int, str]
    """Position of each test that does not compile → why."""

    @property
    def runnable(self) -> Suite:
        """The suite without its invalid tests: what the sandbox is asked."""
        if not self.invalid or self.suite.asserts is None:
            return self.suite
        kept = [test for t, test in enumerate(self.suite.asserts) if t not in self.invalid]
        return self.suite.model_copy(update={"asserts": kept, "weights": None})

    def info(self, cpu_limit_s: float | None = None) -> SuiteInfo:
        """What the answer says about the suite."""
        return SuiteInfo(
            id=self.suite.id,
            test_hashes=list(self.test_hashes),
            invalid_tests=sorted(self.invalid),
            cpu_limit_s=cpu_limit_s,
        )


def check_suite(suite: Suite) -> CheckedSuite:
    """Compile every test of a suite by itself; never raises, whatever the tests contain."""
    return CheckedSuite(suite, tuple(hash_tests(suite)), _invalid(suite))


def _invalid(suite: Suite) -> dict[int, str]:
    if suite.io is not None:
        return {}
    tests = suite.asserts if suite.asserts is not None else [suite.check or ""]
    if fault := compile_fault(suite.setup):
        return dict.fromkeys(range(len(tests)), f"setup: {fault}")
    faults = {t: compile_fault(test) for t, test in enumerate(tests)}
    return {t: fault for t, fault in faults.items() if fault}


@lru_cache(maxsize=4096)
def compile_fault(source: str) -> str:
    """Why the text is not Python, or an empty string. Costs what it costs once: suites come again."""
    if len(source) > MAX_SOURCE_CHARS:
        return f"longer than {MAX_SOURCE_CHARS} characters; put data into an 'io' test"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a test's "invalid escape sequence" is not this service's
            compile(
                ast.parse(source), "<test>", "exec", dont_inherit=True
            )  # as the guest does, with its limits
    except SyntaxError as exc:
        return f"SyntaxError: {exc.msg} (line {exc.lineno or 0})"
    except (ValueError, RecursionError, MemoryError, OverflowError) as exc:
        return f"{type(exc).__name__}: too deeply nested, or not text that Python reads"
    return ""
