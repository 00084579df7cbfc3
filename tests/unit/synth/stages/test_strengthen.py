"""Rows that the stages ``strengthen`` and ``refine`` can do nothing for, or a part of their work, say so in a note."""

import anyio
import pytest

from clients.contract import (
    IoTest,
    Outcome,
    ProgramKind,
    ProgramRole,
    Question,
    Seed,
    SynthProgram,
    SynthRow,
    SynthTest,
)
from services.synth.pipeline.stage import Backends
from services.synth.stages.refine import RefineOptions, make_refine_stage
from services.synth.stages.strengthen import StrengthenOptions, make_strengthen_stage

NOTHING = Backends({}, None)  # the stage needs neither a model nor the executor for these rows


def row_of(question, tests, programs):
    passing = [
        SynthProgram(
            role=ProgramRole.SOLVER,
            model="m",
            completion="",
            program=text,
            outcomes=[Outcome.PASSED] * len(tests),
        )
        for text in programs
    ]
    return SynthRow(seed=Seed(id="q"), question=question, tests=tests, programs=passing)


def run(stage, row):
    return anyio.run(stage, row, NOTHING)


@pytest.fixture
def stdin_row():
    tests = [SynthTest(io=IoTest(stdin=f"{n}\n", stdout=f"{n + 1}\n")) for n in range(6)]
    question = Question(
        text="Print one more.", kind=ProgramKind.STDIN, checker="def check(i, o, e): return o == e"
    )
    return row_of(question, tests, ["print(int(input()) + 1)", "print(1 + int(input()))"])


def test_a_row_of_scripts_gets_no_new_tests_and_a_note(stdin_row):
    after = run(make_strengthen_stage(StrengthenOptions(mutants=0)), stdin_row)
    assert after.tests == stdin_row.tests
    assert "programs read stdin" in after.notes["strengthen.not_applied"]
    assert after.mutation is not None  # the suite is measured nevertheless


def test_refine_passes_a_row_of_scripts_on_with_a_note(stdin_row):
    after = run(make_refine_stage(RefineOptions()), stdin_row)
    assert after.notes == {"refine.not_applied": "programs read stdin; the stage writes asserts"}


def test_one_accepted_program_is_noted():
    tests = [SynthTest(source=f"assert f({n}) == {n}") for n in range(5)]
    row = row_of(Question(text="Return it.", entry_point="f"), tests, ["def f(x): return x"])
    after = run(make_strengthen_stage(StrengthenOptions()), row)
    assert after.notes["strengthen.not_applied"] == "fewer than 2 different programs pass all kept tests"
    assert after.notes["strengthen.accepted"] == 1
