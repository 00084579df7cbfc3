"""The validate stage with a real executor: by the text, by null programs, and over recorded tests whose truth is known."""

import gzip
import json
from collections import Counter
from pathlib import Path

import anyio
import pytest

from clients import AsyncExecutor
from clients.contract import (
    IoTest,
    Outcome,
    ProgramKind,
    Question,
    Seed,
    Suite,
    SynthRow,
    SynthTest,
    TestDrop,
)
from clients.datasets import read_candidates
from clients.errors import InvalidSuiteError
from services.synth.pipeline.stage import Backends, RowDroppedError
from services.synth.questions.replies import parse_reply
from services.synth.stages.validate import ValidateOptions, make_validate_stage

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
QUESTION = Question(text="Add one.", entry_point="f", signature="def f(x: int) -> int")


def row_of(*sources, question=QUESTION):
    return SynthRow(
        seed=Seed(id="r"), question=question, tests=[SynthTest(source=source) for source in sources]
    )


def validate(stack, row, **options):
    async def run():
        async with AsyncExecutor(stack.url) as executor:
            return await make_validate_stage(ValidateOptions(**options))(row, Backends({}, executor))

    return anyio.run(run)


def drops(row):
    return [test.dropped for test in row.tests]


def test_null_programs_find_weak_and_invalid_tests(stack):
    row = row_of(
        "assert f(1) == 2",
        "assert f([]) == []",
        "assert isinstance(f(1), object)",
        "assert f(5) == 6 or f(5) is None",
        "assert f(2) == 3",
        "assert f(1) == 2 or 'x'",
        "assert f(3) == unknown_name",
    )
    expected = [
        None,
        TestDrop.WEAK,
        TestDrop.WEAK,
        TestDrop.WEAK,
        None,
        TestDrop.VACUOUS,
        TestDrop.NOT_CONSTANT,
    ]
    assert drops(validate(stack, row, tests_at_least=2)) == expected
    kept = [None if drop is TestDrop.WEAK else drop for drop in expected]
    assert drops(validate(stack, row, tests_at_least=2, weak="keep")) == kept


def test_a_row_with_too_few_tests_is_dropped_and_keeps_its_tests(stack):
    with pytest.raises(RowDroppedError, match="few_tests: 1 of 2 tests are valid, fewer than 5") as caught:
        validate(stack, row_of("assert f(1) == 2", "assert g(1) == 2"))
    assert drops(caught.value.row) == [None, TestDrop.WRONG_NAME]
    with pytest.raises(RowDroppedError, match="few_tests: 0 of 2 tests are valid") as caught:
        validate(stack, row_of("assert f([]) == []", "assert f(()) is None"), tests_at_least=1)
    assert drops(caught.value.row) == [TestDrop.WEAK, TestDrop.WEAK]


def test_a_setup_that_fails_makes_every_test_invalid(stack):
    question = QUESTION.model_copy(update={"setup": "import no_such_module_at_all"})
    with pytest.raises(RowDroppedError, match="few_tests") as caught:
        validate(stack, row_of("assert f(1) == 2", "assert f(2) == 3", question=question), tests_at_least=1)
    assert drops(caught.value.row) == [TestDrop.INVALID, TestDrop.INVALID]
    assert "no_such_module_at_all" in caught.value.row.tests[0].detail


def test_scripts_are_validated_too(stack):
    question = Question(text="Print the number plus one.", kind=ProgramKind.STDIN)
    pairs = [("1", "2"), ("1", "2"), ("3", "3"), ("4", "5")]
    tests = [SynthTest(io=IoTest(stdin=stdin, stdout=stdout)) for stdin, stdout in pairs]
    row = SynthRow(seed=Seed(id="r"), question=question, tests=tests)
    assert drops(validate(stack, row, tests_at_least=2)) == [None, TestDrop.DUPLICATE, TestDrop.WEAK, None]


def rows(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def imagined(row):
    """The tests of a recorded reply, as the rewrite stage reads them."""
    return parse_reply(row["reply"], row["finish_reason"]).tests


def signature(prompt, entry_point):
    lines = [line for line in prompt.splitlines() if line.startswith(f"def {entry_point}(")]
    return lines[-1] if lines else ""


async def judge(executor, program, row):
    """Return whether the program passes each test of the row, dropped or not."""
    if not row.tests:
        return []
    suite = Suite(id="s", asserts=[test.source or "pass" for test in row.tests])
    try:
        response = await executor.execute([program], suite)
    except InvalidSuiteError:
        return [False] * len(row.tests)
    return [test.outcome is Outcome.PASSED for test in response.results[0].tests]


async def validate_recordings(url):
    """Return every recorded test after validation, with whether the problem's own solution passes it."""
    problems = {row["task_id"]: row for row in rows("humaneval_codegen16b.jsonl.gz")}
    solutions = {
        entry.suite.id: entry.candidate.program
        for entry in read_candidates(DATA / "humaneval_codegen16b.jsonl.gz", reference=True)
    }
    stage = make_validate_stage(ValidateOptions(tests_at_least=1))
    tests = []
    async with AsyncExecutor(url) as executor:
        for row in rows("llm/imagined_tests_qwen15b.jsonl.gz"):
            prompt = problems[row["task_id"]]["prompt"]
            entry_point = row["entry_point"]
            question = Question(
                text=prompt, entry_point=entry_point, signature=signature(prompt, entry_point)
            )
            try:
                validated = await stage(row_of(*imagined(row), question=question), Backends({}, executor))
            except RowDroppedError as dropped:
                validated = dropped.row
            outcomes = await judge(executor, solutions[row["task_id"]], validated)
            tests += zip([row["task_id"]] * len(outcomes), validated.tests, outcomes, strict=True)
    return tests


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_no_right_test_of_the_recordings_is_dropped_for_a_wrong_reason(stack):
    tests = anyio.run(validate_recordings, stack.url)
    counts = Counter((test.dropped or "kept", is_right) for _, test, is_right in tests)
    print(
        "\n".join(
            f"{reason:14} {'right' if right else 'wrong':6} {n}"
            for (reason, right), n in sorted(counts.items())
        )
    )
    dropped = [(task, test) for task, test, is_right in tests if is_right and test.dropped]
    by_reason = Counter(test.dropped for _, test in dropped)
    # Looked at, one by one: the four call another function than the problem's; each contradiction is a tie between one
    # right test and one wrong one; the weak ones expect nothing, an empty list, or the argument itself.
    assert {(task, test.detail) for task, test in dropped if test.dropped is TestDrop.WRONG_NAME} == {
        ("HumanEval/50", "it never calls 'decode_shift', but 'encode_shift'"),
        ("HumanEval/38", "it never calls 'decode_cyclic', but 'encode_cyclic'"),
    }
    assert {task for task, test in dropped if test.dropped is TestDrop.CONTRADICTION} == {
        "HumanEval/132",
        "HumanEval/124",
    }
    assert by_reason == {
        TestDrop.WEAK: 95,
        TestDrop.DUPLICATE: 24,
        TestDrop.WRONG_NAME: 4,
        TestDrop.CONTRADICTION: 4,
    }
    assert counts[TestDrop.CONTRADICTION, False] == counts[TestDrop.CONTRADICTION, True]
    assert counts["kept", True] == 385
    assert not counts[TestDrop.SYNTAX, True]
