"""What is exported of a row: kept tests only, rates over the tests that count, pairs from outcomes."""

from clients.contract import (
    Comparison,
    IoTest,
    Outcome,
    ProgramKind,
    ProgramRole,
    Question,
    Seed,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
)
from clients.pairs import AnswerForm, PairPolicy, preference_pairs
from services.synth.curation.rows import acecode_row, judged_question, suite_row
from services.synth.suites import counted_tests, hash_tests, pass_rate

P, W = Outcome.PASSED, Outcome.WRONG_ANSWER


def program(name, outcomes, rate, role=ProgramRole.SAMPLE):
    return SynthProgram(
        role=role,
        model="m",
        completion=f"```python\n{name}\n```",
        program=name,
        outcomes=outcomes,
        pass_rate=rate,
    )


ROW = SynthRow(
    seed=Seed(id="s1", source="here", licence="MIT"),
    question=Question(text="Add one.", entry_point="f", signature="def f(x: int) -> int"),
    tests=[
        SynthTest(source="assert f(1) == 2", is_shown=True),
        SynthTest(source="assert f(1) == 3", dropped=TestDrop.REJECTED),
        SynthTest(source="assert f(2) == 3"),
        SynthTest(source="assert f(3) == 4", probability=0.9),
    ],
    programs=[
        program("solver", [P, W, P, P], None, ProgramRole.SOLVER),
        program("good", [P, W, P, P], 1.0),
        program("half", [P, W, P, W], 0.5),
        program("lost", [], None),
    ],
)


def test_shown_and_dropped_tests_count_in_no_rate():
    assert counted_tests(ROW) == [2, 3]
    assert [pass_rate(one, counted_tests(ROW)) for one in ROW.programs] == [1.0, 1.0, 0.5, None]


def test_invalid_tests_count_in_no_rate():
    assert pass_rate(program("x", [P, W, Outcome.INVALID_TEST, P], None), [2, 3]) == 1.0


def test_the_row_of_acecode_has_its_columns_and_our_rates():
    row = acecode_row(ROW)
    assert set(row) == {"id", "source", "question", "test_cases", "inferences", "context_messages"}
    assert row["test_cases"] == ["assert f(1) == 2", "assert f(2) == 3", "assert f(3) == 4"]
    assert [one["pass_rate"] for one in row["inferences"]] == [1.0, 0.5]


def test_a_suite_row_says_where_its_tests_come_from():
    row = suite_row(ROW)
    assert row["suite"] == {"id": "s1", "asserts": acecode_row(ROW)["test_cases"], "entry_point": "f"}
    assert row["test_probabilities"] == [None, None, 0.9]
    assert len(row["test_hashes"]) == len(row["test_origins"]) == 3
    assert row["licence"] == "MIT"


def test_pairs_are_made_of_samples_by_the_tests_that_count():
    (pair,) = preference_pairs([judged_question(ROW, AnswerForm.ACECODE)], PairPolicy())
    assert (pair.chosen_rate, pair.rejected_rate) == (1.0, 0.5)
    assert (pair.chosen_tests, pair.rejected_tests) == ("11", "10")
    assert "assert f(1) == 2" in pair.prompt  # AceCoder's wrapper shows one test
    assert "```python\ngood" in pair.chosen


STDIN_ROW = SynthRow(
    seed=Seed(id="s2"),
    question=Question(text="Double it.", kind=ProgramKind.STDIN),
    tests=[SynthTest(io=IoTest(stdin="1\n", stdout="2\n"), probability=0.5)],
    programs=[program("print(2)", [P], 1.0)],
)


def test_a_test_of_a_script_has_a_text_in_every_file():
    assert acecode_row(STDIN_ROW)["test_cases"] == ['{"stdin":"1\\n","stdout":"2\\n"}']
    assert "Output:\n2" in judged_question(STDIN_ROW, AnswerForm.ACECODE).prompt


def test_the_hash_of_a_test_is_of_what_judges_a_program_and_of_nothing_else():
    def hash_of(test=STDIN_ROW.tests[0], **question):
        changed = STDIN_ROW.question.model_copy(update=question)
        return hash_tests(STDIN_ROW.model_copy(update={"question": changed, "tests": [test]}), [0])

    assert hash_of(STDIN_ROW.tests[0].model_copy(update={"probability": 0.9, "detail": "x"})) == hash_of()
    assert hash_of(checker="def check(input, output, expected): return True") != hash_of()
    assert hash_of(comparison=Comparison(mode="float")) != hash_of()
