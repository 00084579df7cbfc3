"""Of tests that repeat or contradict each other, those are kept that a stated rule keeps."""

import pytest

from clients.contract import IoTest, ProgramKind, Question, SynthTest, TestDrop
from services.synth.checks.validation import validate_tests

QUESTION = Question(text="?", entry_point="f", signature="def f(x)")


def drops(*sources, question=QUESTION):
    tests = validate_tests(question, [SynthTest(source=source) for source in sources])
    assert [test.source for test in tests] == list(sources)
    return [test.dropped for test in tests]


def test_the_first_of_equal_tests_is_kept():
    assert drops("assert f(1) == 2", "assert 2 == f(1)", "assert f(x=1) == 2, 'm'") == [
        None,
        TestDrop.DUPLICATE,
        TestDrop.DUPLICATE,
    ]


def test_both_sides_of_an_even_contradiction_are_dropped():
    tests = validate_tests(
        QUESTION, [SynthTest(source=s) for s in ("assert f(1) == 2", "assert f(1) == 3", "assert f(2) == 2")]
    )
    assert [test.dropped for test in tests] == [TestDrop.CONTRADICTION, TestDrop.CONTRADICTION, None]
    assert tests[0].detail == "test 1 expects another answer of the same call"
    assert tests[1].detail == "test 0 expects another answer of the same call"


def test_the_majority_of_a_contradiction_is_kept():
    contradiction, duplicate = TestDrop.CONTRADICTION, TestDrop.DUPLICATE
    assert drops("assert f(1) == 3", "assert f(1) == 2", "assert 2 == f(1)") == [
        contradiction,
        None,
        duplicate,
    ]
    assert drops("assert f(1) == [2, 1]", "assert sorted(f(1)) == [1, 2]", "assert f(1) == [3]")[:2] == [
        contradiction,
        None,
    ]


@pytest.mark.parametrize(
    "others",
    [
        ["assert f(1) == 2.0"],
        [
            "assert abs(f(1) - 2) < 1e-6",
            "assert f(1) > 1",
            "assert f(1) in (2, 3)",
            "assert isinstance(f(1), int)",
        ],
        ["assert f(1)", "assert f(1) != 3", "assert math.isclose(f(1), 2)", "assert round(f(1), 2) == 2"],
        ["assert unknowable(f(1)) == 3"],
        ["assert f(1).bit_length() == 9"],
        ["assert f(1) == 2 or f(1) == 5", "assert f(1) == 9 and f(2) == 3"],
    ],
)
def test_tests_that_one_answer_passes_do_not_contradict(others):
    outcome = drops("assert f(1) == 2", *others)
    assert TestDrop.CONTRADICTION not in outcome


@pytest.mark.parametrize(
    "other",
    [
        "assert not f(1)",
        "assert abs(f(1) - 3) < 1e-6",
        "assert f(1) > 2",
        "assert f(1) in (3, 4)",
        "assert f(1) is None",
        "assert len(f(1)) == 2",
        "assert isinstance(f(1), str)",
        "assert f(1) == '2'",
    ],
)
def test_a_test_that_the_expected_answer_fails_contradicts(other):
    assert drops("assert f(1) == 2", other) == [TestDrop.CONTRADICTION] * 2


def test_what_an_earlier_stage_dropped_stays_as_it_is():
    dropped = SynthTest(source="assert f(1) == 2", dropped=TestDrop.REJECTED, detail="before")
    tests = validate_tests(QUESTION, [dropped, SynthTest(source="assert f(1) == 2")])
    assert tests[0] == dropped
    assert tests[1].dropped is None


def test_scripts_that_repeat_or_contradict():
    question = Question(text="?", kind=ProgramKind.STDIN)
    pairs = [("1", "2"), ("1", "2"), ("3", "4"), ("3", "5"), ("x" * 4000, "y")]
    tests = [SynthTest(io=IoTest(stdin=stdin, stdout=stdout)) for stdin, stdout in pairs]
    assert [test.dropped for test in validate_tests(question, tests)] == [
        None,
        TestDrop.DUPLICATE,
        TestDrop.CONTRADICTION,
        TestDrop.CONTRADICTION,
        TestDrop.TOO_LARGE,
    ]
