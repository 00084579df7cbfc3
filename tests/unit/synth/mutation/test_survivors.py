"""Which programs a suite probably judges wrongly, and how a prompt shows them."""

from clients.contract import Outcome, ProgramRole, Seed, SynthProgram, SynthRow, SynthTest
from services.synth.mutation.survivors import (
    RefusedProgram,
    describe_refused,
    describe_survivors,
    refused_programs,
    surviving,
)

PROGRAM = "def f(x):\n    # the sign\n    return x if x > 0 else -x\n"


def test_survivors_are_the_mutants_that_no_test_catches():
    assert surviving(["a", "b", "c"], {0: {0, -1}, 3: {2}}) == ["b"]
    assert surviving(["a"], {}) == ["a"]


def test_survivors_are_shown_by_their_changed_lines_and_those_of_other_programs_are_not():
    same_place = "def f(x):\n    return x if x >= 0 else -x"
    other = "def f(y):\n    z = abs(y)\n    if z:\n        return z\n    return 0"
    assert describe_survivors(PROGRAM, [same_place, other], 5) == (
        "Change 1:\n-     return x if x > 0 else -x\n+     return x if x >= 0 else -x"
    )
    assert describe_survivors(PROGRAM, [same_place], 0) == ""


def row(*outcomes):
    letters = {"p": Outcome.PASSED, "w": Outcome.WRONG_ANSWER}
    programs = [
        SynthProgram(
            role=ProgramRole.SOLVER,
            model="m",
            completion="",
            program=f"# {number}",
            outcomes=[letters[letter] for letter in text],
        )
        for number, text in enumerate(outcomes)
    ]
    tests = [SynthTest(source=f"assert f({n}) == {n}") for n in range(4)]
    return SynthRow(seed=Seed(id="r"), tests=tests, programs=programs)


def test_refused_programs_fail_few_tests():
    refused = refused_programs(row("pppp", "wwpp", "wppp", "pppw", "pppw"), 9)
    assert refused == [RefusedProgram(f"# {n}", [at]) for n, at in ((2, 0), (3, 3), (4, 3))]
    assert describe_refused(row("pppp"), refused[:1]) == "```python\n# 2\n```\nfails `assert f(0) == 0`"
