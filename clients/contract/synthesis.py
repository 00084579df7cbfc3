"""Defines the row of synthesis: one seed on its way to a question with a filtered suite and judged programs.

A row grows from stage to stage and loses nothing: a test that a stage drops stays in ``tests`` with the reason, and a
row that a stage drops keeps all that was known. Axes in names: N programs, T tests of the row.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from clients.contract.base import NotBool, RequestModel
from clients.contract.results import Outcome
from clients.contract.suites import Comparison, IoTest, Suite


class ProgramKind(StrEnum):
    """What a program for the question is."""

    FUNCTION = "function"
    """It defines a function; a test is an ``assert`` statement that calls it."""
    STDIN = "stdin"
    """It is a script; a test is its standard input and the expected output."""


class Seed(RequestModel):
    """A piece of code, or a question, that a row of the data set starts from."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    """Id of the row, unique in the run."""
    program: str = ""
    """Source text of the seed. It inspires the question; it is never executed and never released as an answer."""
    instruction: str = ""
    """The question that the seed answers, if its data set has one."""
    source: str = ""
    """Name of the data set or package that it comes from."""
    licence: str = ""
    """SPDX identifier of its licence; empty if unknown."""
    language: str = "python"
    """Programming language of ``program``."""
    meta: dict[str, JsonValue] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Further columns of the input row, copied to the output."""


class Question(RequestModel):
    """The problem that programs solve."""

    text: str
    """What the program is asked to do, in words. It names the function and its parameters."""
    kind: ProgramKind = ProgramKind.FUNCTION
    """Whether a program is a function or a script."""
    entry_point: str = ""
    """Name of the function; empty for a script."""
    signature: str = ""
    """The ``def`` line with types, as far as they are known: ``def median(values: list[float]) -> float``."""
    setup: str = ""
    """Python statements run before every test, for example imports."""
    comparison: Comparison = Comparison()
    """How the outputs of a script are compared."""
    checker: str = ""
    """Source of the checker program of a question with several right outputs; empty: outputs are compared."""
    ambiguity: Annotated[float, Field(ge=0, le=1), NotBool] | None = None
    """How strongly solvers disagree about what is asked: 0 all agree, towards 1 none do; ``None`` before filtering."""


class TestOrigin(StrEnum):
    """How a test was made."""

    __test__ = False  # pytest must not collect it as a test class

    GIVEN = "given"
    """It came with the seed."""
    IMAGINED = "imagined"
    """A model wrote its input and its expected value."""
    LABELLED = "labelled"
    """A model wrote its input; its expected value was asked for separately."""
    MUTATED = "mutated"
    """Its input was changed from that of a kept test, and solvers that agree gave the expected value."""
    GENERATED = "generated"
    """A generator program made its input, and solvers that agree gave the expected value."""
    REFINED = "refined"
    """A model wrote it after it was shown programs that the suite judges wrongly."""


class TestDrop(StrEnum):
    """Why a test was dropped."""

    __test__ = False  # pytest must not collect it as a test class

    SYNTAX = "syntax"
    """It does not parse."""
    NOT_AN_ASSERT = "not_an_assert"
    """It is no single ``assert`` statement."""
    WRONG_NAME = "wrong_name"
    """It never calls the question's function."""
    NOT_CONSTANT = "not_constant"
    """Its expected value or an argument is not a constant: ``f(1) == f(2)``, ``f(x) == 3``."""
    VACUOUS = "vacuous"
    """The answer cannot change its result: ``f(1) == "a" or "b"`` always holds."""
    WRONG_ARITY = "wrong_arity"
    """It calls the function with arguments that the signature does not accept."""
    DUPLICATE = "duplicate"
    """An earlier test of the row makes the same comparison."""
    CONTRADICTION = "contradiction"
    """Another test of the row expects another value of the same call."""
    TOO_LARGE = "too_large"
    """It is longer, or nested deeper, than the limit."""
    WEAK = "weak"
    """A null program, one that does nothing useful, passes it."""
    INVALID = "invalid"
    """The executor calls it invalid: it does not compile, or never looks at the program."""
    FLAKY = "flaky"
    """Most programs that pass it in one of two runs, which may have different hash seeds, fail it in the other."""
    REJECTED = "rejected"
    """The filter policy holds its expected value for wrong."""
    UNDECIDED = "undecided"
    """The filter policy has too little evidence for its expected value."""
    REDUNDANT = "redundant"
    """It catches no wrong program or mutant that the kept tests do not catch."""
    INVALID_INPUT = "invalid_input"
    """The question's input validator refuses its input."""


class SynthTest(RequestModel):
    """One test of a row, kept or dropped."""

    __test__ = False  # pytest must not collect it as a test class

    source: str = ""
    """Python text of the test; empty for a test of a script."""
    io: IoTest | None = None
    """Input and expected output, for a script."""
    origin: TestOrigin = TestOrigin.IMAGINED
    """How it was made."""
    dropped: TestDrop | None = None
    """Why it was dropped; ``None``: it is kept."""
    detail: str = ""
    """The reason in words."""
    probability: Annotated[float, Field(ge=0, le=1), NotBool] | None = None
    """The filter's belief that the expected value is right; ``None`` if the policy has none."""
    is_shown: bool = False
    """Whether programs were asked for with this test in the prompt; such a test is not counted in their rates."""


class ProgramRole(StrEnum):
    """What a program was asked for."""

    SOLVER = "solver"
    """To label tests, in the filter."""
    SAMPLE = "sample"
    """To be scored, for the data set."""


class SynthProgram(RequestModel):
    """One program that a model wrote for the question, with its outcomes."""

    role: ProgramRole
    """What it was asked for."""
    model: str
    """Name of the model that wrote it."""
    completion: str
    """The model's answer as it came."""
    program: str
    """The program that was extracted from the answer and judged."""
    outcomes: list[Outcome | None] = []  # noqa: RUF012  -- pydantic copies defaults
    """Its outcome per test of ``SynthRow.tests``, same positions; ``None`` or beyond the end: not judged."""
    rests_on_program: list[int] = []  # noqa: RUF012  -- pydantic copies defaults
    """Positions of the tests in whose result the program's code had a say (``TestResult.rests_on_program``)."""
    decided_by_program: list[int] = []  # noqa: RUF012  -- pydantic copies defaults
    """Positions of the tests whose pass the program alone decided (``TestResult.decided_by_program``). Their outcome
    here is ``wrong_answer``: no stage, rate or pair counts such a pass."""
    pass_rate: Annotated[float, Field(ge=0, le=1), NotBool] | None = None
    """Passed tests divided by counted ones: kept, valid and not shown in the prompt. ``None``: no verdict."""
    unscorable: str = ""
    """Why there is no verdict."""


class MutationScore(RequestModel):
    """How many wrong variants of an accepted program the kept tests catch."""

    mutants: Annotated[int, Field(ge=0)]
    """Variants that behave differently from the accepted program on some test that was tried."""
    caught: Annotated[int, Field(ge=0)]
    """Those of them that fail a kept test."""


class SynthRow(RequestModel):
    """One seed with all that the stages made of it."""

    seed: Seed
    """What it starts from."""
    question: Question | None = None
    """The problem; ``None`` before it is written."""
    tests: list[SynthTest] = []  # noqa: RUF012  -- pydantic copies defaults
    """All tests that were ever made, in order. Stages append and mark them; none is removed."""
    programs: list[SynthProgram] = []  # noqa: RUF012  -- pydantic copies defaults
    """All programs that were written for it: of solvers, then samples."""
    mutation: MutationScore | None = None
    """Strength of the kept tests; ``None`` if it was not measured."""
    notes: dict[str, JsonValue] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Measurements of stages by name (``"rewrite.repair"``: the repair rule that was used)."""

    @property
    def id(self) -> str:
        """The seed's id, which names the row in all files."""
        return self.seed.id

    @property
    def kept(self) -> list[int]:
        """Positions of the tests that no stage dropped."""
        return [position for position, test in enumerate(self.tests) if test.dropped is None]

    def suite(self, positions: Sequence[int] | None = None) -> Suite:
        """Return the tests at ``positions``, by default the kept ones, as a suite whose id is the row's.

        Raises:
            ValueError: the row has no question, or there is no test.
        """
        chosen = self.kept if positions is None else positions
        if self.question is None or not chosen:
            missing = "question" if self.question is None else "test"
            raise ValueError(f"row {self.id!r} has no {missing}; it is no suite")
        tests = [self.tests[position] for position in chosen]
        if self.question.kind is ProgramKind.STDIN:
            io = [test.io for test in tests if test.io is not None]
            if self.question.checker:
                return Suite(id=self.id, io=io, checker=self.question.checker)
            return Suite(id=self.id, io=io, comparison=self.question.comparison)
        return Suite(
            id=self.id,
            asserts=[test.source for test in tests],
            setup=self.question.setup,
            entry_point=self.question.entry_point or None,
        )
