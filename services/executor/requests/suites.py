"""Checks the suites of a request test by test: which tests are invalid, and what of the suite is run. Pure.

What makes a test invalid depends on its kind (``services.executor.kinds``).
"""

from dataclasses import dataclass

from clients.contract import Suite, SuiteInfo
from services.executor.kinds.registry import kind_of


@dataclass(frozen=True, slots=True)
class CheckedSuite:
    """A suite, the hashes of its tests, and its invalid tests."""

    suite: Suite
    test_hashes: tuple[str, ...]
    invalid: dict[int, str]
    """Position of each invalid test → why it is invalid."""

    @property
    def runnable(self) -> Suite:
        """The suite without its invalid tests, as it is sent to the sandbox."""
        return kind_of(self.suite).without(self.suite, self.invalid) if self.invalid else self.suite

    def info(self, cpu_limit_s: float | None = None, weak_tests: list[int] | None = None) -> SuiteInfo:
        """Return what a response contains about the suite."""
        return SuiteInfo(
            id=self.suite.id,
            test_hashes=list(self.test_hashes),
            invalid_tests=sorted(self.invalid),
            isolation=self.suite.isolation,
            weak_tests=weak_tests,
            cpu_limit_s=cpu_limit_s,
        )


def check_suite(suite: Suite) -> CheckedSuite:
    """Check every test of a suite by itself; never raises, whatever the tests contain."""
    kind = kind_of(suite)
    return CheckedSuite(suite, tuple(kind.hash_each(suite)), kind.find_faults(suite))


def count_chars(suite: Suite) -> int:
    """Return the size of a suite: the characters of all its texts together."""
    return len(suite.setup) + sum(map(len, kind_of(suite).texts(suite)))
