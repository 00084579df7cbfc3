"""Checks, filters and hashes io tests, in the API process; ``guest/checker/kinds/io`` runs them.

An io test runs the program as a script, with standard input and files, and compares its standard output. It has no
Python source that could be wrong, so every io test is valid.
"""

from collections.abc import Collection, Iterator, Mapping

from clients.contract import IoTest, Suite
from services.executor.kinds.kind import hash_parts
from services.executor.kinds.null_programs import null_scripts


def find_faults(suite: Suite) -> dict[int, str]:  # noqa: ARG001 - as every kind
    """Return no faults: any text may be read or printed."""
    return {}


def without(suite: Suite, invalid: Collection[int]) -> Suite:
    """Return the suite without the tests at these positions."""
    kept = [test for t, test in enumerate(suite.io or ()) if t not in invalid]
    return suite.model_copy(update={"io": kept, "weights": None})


def hash_each(suite: Suite) -> list[str]:
    """Hash each test with the rule that compares its output."""
    rule = suite.comparison.model_dump_json()
    return [hash_parts(*_parts(test), rule) for test in suite.io or ()]


def texts(suite: Suite) -> Iterator[str]:
    """Yield what each run reads, what it is expected to print, and its files in base64."""
    for test in suite.io or ():
        yield test.stdin
        yield test.stdout or ""
        yield from test.files.values()


def null_programs(suite: Suite) -> Mapping[str, str]:  # noqa: ARG001 - as every kind
    """Return programs that solve nothing: what each does → its source."""
    return null_scripts()


def _parts(test: IoTest) -> list[str]:
    """Return what a run gets and what is expected of it; the last part is left out where nothing is expected."""
    files = [text for path in sorted(test.files) for text in (path, test.files[path])]
    return [test.stdin, *files] if test.stdout is None else [test.stdin, *files, test.stdout]
