"""Suites: the tests of one problem, in one of three shapes.

What a test is and when it passes is told in ``docs/semantics.md``; how tests of other shapes become these,
in ``clients.testspecs``.
"""

import base64
from enum import StrEnum
from math import isfinite
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from clients.contract.base import NotBool, RequestModel

Name = Annotated[str, Field(min_length=1, max_length=200)]
"""Of a suite or an environment; quoted in messages, logs and keys of the queue."""


def _base64(text: str) -> str:
    base64.b64decode(text, validate=True)  # a ``ValueError`` that says what is wrong
    return text


Base64 = Annotated[str, AfterValidator(_base64)]


class ComparisonMode(StrEnum):
    """How printed output is compared with expected output."""

    EXACT = "exact"
    """Character for character."""
    TRAILING_NEWLINE = "trailing_newline"
    """Exact, after trailing newlines of both sides are dropped."""
    TOKENS = "tokens"
    """Equal lists of whitespace-separated tokens."""
    FLOAT = "float"
    """Tokens, where two tokens that are both numbers may differ within the tolerances."""


class Comparison(RequestModel):
    """The rule that decides whether printed output is the expected output."""

    mode: ComparisonMode = ComparisonMode.TRAILING_NEWLINE
    """The rule."""
    rel_tol: Annotated[float, Field(ge=0, le=1), NotBool] = 1e-9
    """Relative tolerance of ``float``, as in ``math.isclose``."""
    abs_tol: Annotated[float, Field(ge=0), NotBool] = 0.0
    """Absolute tolerance of ``float``, as in ``math.isclose``."""


class IoTest(RequestModel):
    """One run of the program as ``__main__``."""

    stdin: str = ""
    """Text the program reads."""
    stdout: str | None
    """Text it is expected to print. ``null``: nothing is compared, the test passes if the program ends without an
    error, and what it printed comes back in ``TestResult.printed``."""
    files: dict[str, Base64] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Files the program finds in its working directory: relative path → content in base64."""

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, files: dict[str, str]) -> dict[str, str]:
        for path in files:
            parts = PurePosixPath(path).parts
            if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
                raise ValueError(
                    f"{path[:100]!r} does not stay in the working directory; give a relative path"
                )
        return files


class TestKind(StrEnum):
    """How the tests of a suite look at a program. Each member is the name of the field that holds the tests."""

    __test__ = False  # no class of tests, whatever pytest takes it for

    ASSERTS = "asserts"
    """Python statements that call the program's names and fail by raising."""
    IO = "io"
    """Runs of the program as a script: stdin in, stdout compared."""
    CHECK = "check"
    """One function ``check(candidate)`` that receives the program's entry point."""


class Suite(RequestModel):
    """The tests of one problem. Exactly one of ``asserts``, ``io`` and ``check`` is given."""

    id: Name
    """What candidates refer to; unique in the request."""
    asserts: Annotated[list[str], Field(min_length=1)] | None = None
    """One test each: Python statements that fail by raising. May span lines."""
    setup: str = ""
    """Python statements run before every test of ``asserts`` and before ``check``."""
    io: Annotated[list[IoTest], Field(min_length=1)] | None = None
    """One run each: stdin and the stdout expected of it."""
    comparison: Comparison = Comparison()
    """How the outputs of ``io`` are compared."""
    check: str | None = None
    """Source that defines ``check(candidate)``, in the shape of HumanEval. One test."""
    entry_point: str | None = None
    """The program's function: what ``check`` receives; for ``asserts``, a hint for extraction and for
    telling a program's own name from a builtin of the same name."""
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
        if self.entry_point and not all(part.isidentifier() for part in self.entry_point.split(".")):
            raise ValueError(
                f"suite {self.id!r}: 'entry_point' {self.entry_point[:50]!r} is not a name; give the function's name"
            )
        if self.weights is not None and len(self.weights) != self.size:
            raise ValueError(
                f"suite {self.id!r}: {len(self.weights)} 'weights' for {self.size} tests; give one per test"
            )
        if self.weights is not None and not isfinite(sum(self.weights)):
            raise ValueError(
                f"suite {self.id!r}: the 'weights' add up to more than a number holds; scale them down"
            )
        return self

    @property
    def kind(self) -> TestKind:
        """The kind of the tests: the one of ``asserts``, ``io`` and ``check`` that is given."""
        return next(kind for kind in TestKind if getattr(self, kind) is not None)

    @property
    def size(self) -> int:
        """T, the number of tests."""
        tests = getattr(self, self.kind)
        return len(tests) if isinstance(tests, list) else 1
