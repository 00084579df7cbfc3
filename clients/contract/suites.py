"""Defines suites: the tests of one problem, in one of three kinds.

``docs/semantics.md`` explains what a test is and when it passes. ``clients.testspecs`` converts tests of other shapes.
"""

import base64
from enum import StrEnum
from math import isfinite
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from clients.contract.base import NotBool, RequestModel

CANARY_SUFFIX = ":canary"
"""End of the ids of suites with a wrong expectation, as ``acecoder synth`` writes them: no honest program passes it."""
HELD_OUT_SUFFIX = ":held-out"
"""End of the id of a suite of further tests of the problem whose suite has the id without it. If a request judges a
program by both, the service counts the gap between the two pass rates."""
Name = Annotated[str, Field(min_length=1, max_length=200)]
"""Name of a suite or an environment. Messages, logs and keys of the queue quote it."""


class ComparisonMode(StrEnum):
    """How printed output is compared with expected output."""

    EXACT = "exact"
    """Character for character."""
    LINES = "lines"
    """Line for line: blanks (spaces, tabs, carriage returns) at the end of a line and blank lines at the end of the
    text do not count, everything else does. What nearly every judge does, and the default."""
    TRAILING_NEWLINE = "trailing_newline"
    """Character for character, after trailing newlines of both sides are removed."""
    TOKENS = "tokens"
    """Equal lists of whitespace-separated tokens."""
    FLOAT = "float"
    """Like ``tokens``, but two tokens that are both numbers may differ within the tolerances. Two integers are compared
    exactly, unless ``abs_tol`` is 1 or more: tolerances are for rounding, and integers are not rounded."""


class Comparison(RequestModel):
    """The rule that decides whether printed output is the expected output."""

    mode: ComparisonMode = ComparisonMode.LINES
    """How the two texts are compared."""
    rel_tol: Annotated[float, Field(ge=0, le=1), NotBool] = 1e-9
    """Relative tolerance of ``float``, as in ``math.isclose``. Never forgives a wrong integer."""
    abs_tol: Annotated[float, Field(ge=0), NotBool] = 0.0
    """Absolute tolerance of ``float``, as in ``math.isclose``. Of 1 or more, it also holds for two integers."""


def _with_mode(value: object) -> object:
    """Return a comparison for the name of its mode; ``ComparisonMode`` checks the name."""
    return {"mode": value} if isinstance(value, str) else value


class IoTest(RequestModel):
    """One run of the program as ``__main__``."""

    stdin: str = ""
    """Text that the program reads from standard input."""
    stdout: str | None
    """Text that the program is expected to print. ``null``: nothing is compared, the test passes if the program ends
    without an error, and ``TestResult.printed`` has its output. In a suite with a ``checker``: one right output, which
    the checker must accept; ``null`` if none is known, and the checker decides without it."""
    files: dict[str, str] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Files in the program's working directory: relative path → content in base64."""

    @field_validator("files")
    @classmethod
    def _check_files(cls, files: dict[str, str]) -> dict[str, str]:
        for path, content in files.items():
            parts = PurePosixPath(path).parts
            if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
                raise ValueError(
                    f"{path[:100]!r} does not stay in the working directory; give a relative path"
                )
            try:
                base64.b64decode(content, validate=True)
            except ValueError as error:
                raise ValueError(
                    f"the content of {path[:100]!r} is not base64 ({error}); give base64.b64encode(content).decode()"
                ) from None
        return files


class TestKind(StrEnum):
    """How the tests of a suite examine a program. Each member is the name of the field that holds the tests."""

    __test__ = False  # pytest must not collect it as a test class

    ASSERTS = "asserts"
    """Python statements that call the program's names and fail by raising."""
    IO = "io"
    """Runs of the program as a script: stdin in, stdout compared."""
    CHECK = "check"
    """One function ``check(candidate)`` that receives the program's entry point."""


class Isolation(StrEnum):
    """Whether tests run in the process of the program that they examine."""

    SEPARATE = "separate"
    """Tests run in another process, which the program cannot reach; values cross as plain data. A program cannot earn a
    pass that it did not earn."""
    SAME_PROCESS = "same_process"
    """Each test runs in a new process together with the program, for tests that patch or subclass what the program
    uses. Limits and jail are the same. The program can read the test and change what it calls, so a dishonest program
    can make a test pass: every such pass is marked (``TestResult.same_process``)."""


class Suite(RequestModel):
    """The tests of one problem. Exactly one of ``asserts``, ``io`` and ``check`` is given."""

    id: Name
    """Id that candidates refer to; unique in the request."""
    asserts: Annotated[list[str], Field(min_length=1)] | None = None
    """Each is one test: Python statements, on one or more lines, that raise an exception if the test fails."""
    setup: str = ""
    """Python statements run before every test of ``asserts`` and before ``check``."""
    io: Annotated[list[IoTest], Field(min_length=1)] | None = None
    """Each is one test: a run of the program with its input and the expected output."""
    comparison: Annotated[
        Comparison, BeforeValidator(_with_mode, json_schema_input_type=Comparison | ComparisonMode)
    ] = Comparison()
    """How the outputs of ``io`` are compared. The name of a mode may be given alone: ``"tokens"``."""
    checker: str | None = None
    """Source of a checker program, for ``io`` tests with more than one right output: it decides in place of
    ``comparison``. It defines ``check(input: str, output: str, expected: str | None) -> bool | float``. A number from 0
    to 1 is a score (``TestResult.score``): 1 passes, less does not. ``docs/semantics.md`` says when it is at fault."""
    check: str | None = None
    """Source that defines ``check(candidate)``, as in HumanEval. It is one test."""
    entry_point: str | None = None
    """Name of the program's function. ``check`` receives this function. Tests that use the name fail if the program
    does not define it, even if the language or the library has the name too. It also helps extraction."""
    entry_points: list[str] = []  # noqa: RUF012  -- pydantic copies defaults
    """Further names that the program must define, where the tests use several. They count like ``entry_point``."""
    isolation: Isolation = Isolation.SEPARATE
    """Whether the tests of ``asserts`` or ``check`` run in the program's own process. Choose ``same_process`` only for
    tests that need it; each test then has a load of its own."""
    weights: list[Annotated[float, Field(ge=0), NotBool]] | None = None
    """One weight per test, for the ``weighted`` reward. Default: all 1."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in TestKind if getattr(self, kind) is not None]
        if len(given) != 1:
            kinds = ", ".join(f"'{kind}'" for kind in TestKind)
            present = " and ".join(given) or "none of them"
            raise ValueError(f"suite {self.id!r}: give exactly one of {kinds}; found {present}")
        if self.check is not None and not self.entry_point:
            raise ValueError(f"suite {self.id!r}: 'check' needs 'entry_point', the function to pass to it")
        for field, name in [
            ("entry_point", self.entry_point),
            *(("entry_points", name) for name in self.entry_points),
        ]:
            if name and not all(part.isidentifier() for part in name.split(".")):
                raise ValueError(
                    f"suite {self.id!r}: {field!r} {name[:50]!r} is not a name; give the function's name"
                )
        if self.io is not None and self.isolation is Isolation.SAME_PROCESS:
            raise ValueError(
                f"suite {self.id!r}: 'io' tests hold no code to run in the program's process; leave 'isolation' out"
            )
        self._check_checker()
        if self.weights is not None and len(self.weights) != self.size:
            raise ValueError(
                f"suite {self.id!r}: {len(self.weights)} 'weights' for {self.size} tests; give one per test"
            )
        if self.weights is not None and not isfinite(sum(self.weights)):
            raise ValueError(
                f"suite {self.id!r}: the 'weights' add up to more than a number holds; scale them down"
            )
        return self

    def _check_checker(self) -> None:
        if self.checker is not None and self.io is None:
            raise ValueError(
                f"suite {self.id!r}: a 'checker' judges the outputs of 'io' tests; give 'io', or leave it out"
            )
        if self.checker is not None and self.comparison != Comparison():
            raise ValueError(
                f"suite {self.id!r}: 'checker' and 'comparison' both decide about outputs; give one of them"
            )

    @property
    def kind(self) -> TestKind:
        """The kind of the tests: which of ``asserts``, ``io`` and ``check`` is given."""
        return next(kind for kind in TestKind if getattr(self, kind) is not None)

    @property
    def size(self) -> int:
        """T, the number of tests."""
        tests = getattr(self, self.kind)
        return len(tests) if isinstance(tests, list) else 1
