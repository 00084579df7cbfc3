"""The generators stage with a real executor, and hand-written replies: validators, generators and checkers pass gates."""

import anyio
import pytest

from clients import AsyncExecutor
from clients.contract import ComparisonMode, Question, Seed, SynthRow, TestDrop, TestOrigin
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.stages.filter import FilterOptions, make_filter_stage
from services.synth.stages.generators import GeneratorOptions, make_generators_stage
from services.synth.stages.validate import ValidateOptions, make_validate_stage
from tests.integration.synth import io_problems as problems
from tests.integration.synth.io_problems import fenced
from tests.support.recorded_model import RecordedModel

SUM_REPLY = fenced(problems.SUM_VALIDATOR, problems.SUM_GENERATORS)
PAIR_REPLY = fenced(problems.PAIR_VALIDATOR, problems.PAIR_GENERATORS, problems.PAIR_CHECKER)
MEAN_REPLY = fenced(problems.MEAN_VALIDATOR, problems.MEAN_GENERATORS)


def generated(url, row, solvers, *replies, stages=(), **options):
    """The row after the stage and further ones, with the writer's model."""
    writer = RecordedModel(replies)
    programs = RecordedModel([f"```python\n{solver}\n```" for solver in solvers])

    async def run():
        async with AsyncExecutor(url) as executor:
            given = {"calls": 12, "programs": len(solvers), **options}
            backends = Backends({"writer": [writer], "solver": [programs]}, executor)
            result = await make_generators_stage(GeneratorOptions(**given))(row, backends)
            for stage in stages:
                result = await stage(result, backends)
            return result

    return anyio.run(run), writer


def new_tests(row):
    return [test for test in row.tests if test.origin is TestOrigin.GENERATED]


def test_generated_inputs_are_valid_and_labelled_by_solvers_that_agree(url):
    row, _ = generated(url, problems.SUM, problems.SUM_SOLVERS, SUM_REPLY)
    tests = [test for test in new_tests(row) if test.dropped is None]
    assert len(tests) >= 5
    for test in tests:
        count, numbers = test.io.stdin.splitlines()
        assert int(test.io.stdout) == sum(map(int, numbers.split()))
        assert int(count) == len(numbers.split())
    assert any(test.io.stdin.startswith("5000\n") for test in tests)
    assert row.question.comparison.mode is ComparisonMode.LINES
    assert (row.notes["generators.rule"], row.question.checker) == ("lines", "")
    assert list(row.notes["generators.refused"]) == ["generate_class_negative"]
    assert row.notes["generators.failed"] >= 2  # those by the clock: a second run makes another input
    assert row.notes["generators.valid"] < row.notes["generators.new"]  # those out of range


def test_the_same_row_gives_the_same_tests(url):
    first, _ = generated(url, problems.PAIR, problems.PAIR_SOLVERS, PAIR_REPLY)
    second, _ = generated(url, problems.PAIR, problems.PAIR_SOLVERS, PAIR_REPLY)
    assert first == second


def test_a_checker_program_judges_where_many_outputs_are_right(url):
    stages = [make_validate_stage(ValidateOptions()), make_filter_stage(FilterOptions(programs=4))]
    row, writer = generated(url, problems.PAIR, problems.PAIR_SOLVERS, PAIR_REPLY, stages=stages)
    assert "def check(" in row.question.checker
    assert row.notes["generators.rule"] == "checker"
    for at in row.kept:
        first, second = map(int, row.tests[at].io.stdout.split())
        assert first + second == int(row.tests[at].io.stdin)
    assert "the checker" in writer.asked[0][1][-1]["content"]
    suite = row.suite()
    assert suite.checker == row.question.checker
    assert suite.size >= 5
    rights, wrong = row.programs[:3], row.programs[3]
    assert all(set(program.outcomes) <= {"passed", None} for program in rights)
    assert set(wrong.outcomes) <= {"wrong_answer", None}


@pytest.mark.parametrize(
    ("checker", "words"),
    [
        ("def check(input, output, expected):\n    return True or output", "accepts empty output"),
        ("def check(input, output, expected):\n    return bool(output.split())", "accepts garbage output"),
        (
            "def check(input, output, expected):\n    return len(output.split()) in (1, 2) and output[0].isdigit()",
            "refuses only",
        ),
        ("def check(input, output, expected):\n    return output == 'x'", "accepts no solver's output"),
        ("def check(input, output):\n    return True", "three arguments"),
        (
            "import missing\ndef check(input, output, expected):\n    return output == expected",
            "accepts no solver",
        ),
    ],
)
def test_a_checker_program_that_fails_its_gate_is_not_used(url, checker, words):
    reply = fenced(problems.PAIR_VALIDATOR, problems.PAIR_GENERATORS, checker)
    with pytest.raises(RowDroppedError) as caught:  # without it, no two solvers agree on large inputs
        generated(url, problems.PAIR, problems.PAIR_SOLVERS, reply, min_agreeing_share=0.6)
    assert caught.value.reason is RowDrop.AMBIGUOUS
    assert words in caught.value.detail
    row = caught.value.row
    assert (row.question.checker, row.notes["generators.rule"]) == ("", "lines")
    assert {test.dropped for test in new_tests(row)} == {TestDrop.UNDECIDED}


def test_a_checker_that_refuses_what_solvers_agree_on_falls_back_to_a_comparison(url):
    checker = "def check(input, output, expected):\n    return output.strip().endswith('5')"
    reply = fenced(problems.SUM_VALIDATOR, problems.SUM_GENERATORS, checker)
    row, _ = generated(url, problems.SUM, problems.SUM_SOLVERS, reply)
    assert row.question.checker == ""
    assert "refuses" in row.notes["generators.checker"]
    assert any(test.dropped is None for test in new_tests(row))


def test_rounding_falls_back_to_float(url):
    row, _ = generated(url, problems.MEAN, problems.MEAN_SOLVERS, MEAN_REPLY)
    assert row.question.comparison.mode is ComparisonMode.FLOAT
    assert row.notes["generators.rule"] == "float"
    assert sum(test.dropped is None for test in new_tests(row)) >= 5


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("I cannot help with that.", "no validate_input"),
        (fenced(problems.SUM_VALIDATOR), "no generator"),
        (fenced("def validate_input(text):\n    return True", problems.SUM_GENERATORS), "refuses only 0 of"),
        (
            fenced("def validate_input(text):\n    return False", problems.SUM_GENERATORS),
            "accepts only 0 of 1",
        ),
        (
            fenced("def validate_input(text):\n    return 1 / 0", problems.SUM_GENERATORS),
            "accepts only 0 of 1",
        ),
        (
            fenced("import os\ndef validate_input(text):\n    os._exit(0)", problems.SUM_GENERATORS),
            "accepts only 0 of 1",
        ),
        (
            fenced(problems.SUM_VALIDATOR, "def generate_random(rng):\n    while True:\n        pass"),
            "no generator can be run",
        ),
        (
            fenced(problems.SUM_VALIDATOR, "def generate_random(rng):\n    return '1 x'"),
            "no generator made a valid",
        ),
        (
            fenced(problems.SUM_VALIDATOR, "def generate_random(rng):\n    raise ValueError"),
            "12 calls, 0 new",
        ),
    ],
)
def test_a_row_without_a_working_validator_and_generator_is_dropped(url, reply, words):
    with pytest.raises(RowDroppedError) as caught:
        generated(url, problems.SUM, problems.SUM_SOLVERS, reply, attempts=1)
    assert caught.value.reason is RowDrop.NO_VALIDATOR
    assert words in caught.value.detail


def test_a_second_reply_is_asked_for_and_a_refused_example_is_marked(url):
    row = problems.row_of("sum", "Print the sum.", ("3\n1 2 3\n", "6\n"), ("2\n1 2 3\n", "6\n"))
    result, writer = generated(url, row, problems.SUM_SOLVERS, "nothing", SUM_REPLY)
    assert len(writer.asked) == 2
    assert [test.dropped for test in result.tests[:2]] == [None, TestDrop.INVALID_INPUT]


def test_a_question_for_a_function_passes_unchanged(url):
    row = SynthRow(seed=Seed(id="f"), question=Question(text="?", entry_point="f"))
    result, writer = generated(url, row, problems.SUM_SOLVERS, SUM_REPLY)
    assert result is row
    assert writer.asked == []
