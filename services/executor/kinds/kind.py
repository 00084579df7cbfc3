"""Declares what a kind of test provides in the API process, and hashes tests for all kinds.

A kind of test is one module in this folder (``asserts``, ``io``, ``check``; ``checker_program`` for ``io`` suites with
a ``checker``) and one line in ``registry``. Inside
the jail it is one module of ``sandbox/guest/checker/kinds``; in the contract it is one field of ``Suite`` and one
member of ``TestKind``. Nothing else asks which kind a suite has.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from clients.contract import Isolation, Suite

HASH_DIGITS = 16
"""Hexadecimal digits kept of a test's SHA-256: 64 bits, ample to tell the tests of a data set apart."""


class Kind(Protocol):
    """What a module of a kind provides. Its functions are called only with suites of that kind."""

    def find_faults(self, suite: Suite) -> dict[int, str]:
        """Return why tests are invalid, by position; never raises, whatever the tests contain.

        Sources are compiled here only to tell a user what is wrong with them. The sandbox compiles them again with
        the environment's own Python and has the last word.
        """
        ...

    def without(self, suite: Suite, invalid: Collection[int]) -> Suite:
        """Return the suite without the tests at these positions, of which there is at least one.

        Weights are left out: they decide no outcome, and their number would no longer be the number of tests.
        """
        ...

    def hash_each(self, suite: Suite) -> list[str]:
        """Return a hash for each test, in order: of its text and everything else that decides what it means."""
        ...

    def texts(self, suite: Suite) -> Iterator[str]:
        """Yield every text of the suite's tests, for the limit on its size; ``setup`` is added by the caller."""
        ...

    def null_programs(self, suite: Suite) -> Mapping[str, str]:
        """Return programs that solve nothing: what each does → its source. A test that one passes is weak."""
        ...


def isolation_parts(suite: Suite) -> list[str]:
    """Return what a hash of a test has for the suite's isolation: nothing for the usual one."""
    return [] if suite.isolation is Isolation.SEPARATE else [suite.isolation.value]


def hash_parts(*parts: str) -> str:
    """Return the first ``HASH_DIGITS`` digits of the SHA-256 of the parts.

    Each part is preceded by its length, so that no two lists of parts give the same bytes.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:HASH_DIGITS]
