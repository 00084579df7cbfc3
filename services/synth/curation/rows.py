"""Turns finished rows into what is exported: suites, AceCoder's columns, judged questions for pairs. Pure.

Every rate is computed from outcomes, over the kept tests that no program was shown. A program without a verdict is
left out: no column can say "no verdict".
"""

from collections.abc import Sequence
from functools import lru_cache

from clients.contract import (
    CandidateResult,
    Outcome,
    ProgramRole,
    Status,
    SynthProgram,
    SynthRow,
    TestResult,
    UnscorableReason,
)
from clients.datasets.rows import Row
from clients.pairs import AnswerForm, JudgedQuestion, acecode_prompt, answer_text
from services.synth.suites import counted_tests, hash_tests, shown_test, test_text


def samples(row: SynthRow) -> list[SynthProgram]:
    """Return the sampled programs that have a verdict."""
    return [
        program
        for program in row.programs
        if program.role is ProgramRole.SAMPLE and program.pass_rate is not None
    ]


def acecode_row(row: SynthRow) -> Row:
    """Return the row of AceCode-87K: its columns, our rates. A test of a script is the JSON of its input and output."""
    assert row.question is not None
    return {
        "id": row.id,
        "source": row.seed.source,
        "question": row.question.text,
        "test_cases": [test_text(row.tests[position]) for position in row.kept],
        "inferences": [
            {
                "model_name": program.model,
                "completion_id": at,
                "completion": program.completion,
                "pass_rate": program.pass_rate,
            }
            for at, program in enumerate(samples(row))
        ],
        "context_messages": [{"content": row.question.text, "role": "user"}],
    }


def suite_row(row: SynthRow) -> Row:
    """Return the row of ``suites.jsonl``: the question, its suite, and where both come from."""
    assert row.question is not None
    kept = [row.tests[position] for position in row.kept]
    return {
        "id": row.id,
        "prompt": row.question.text,
        "entry_point": row.question.entry_point,
        "signature": row.question.signature,
        "suite": row.suite().model_dump(mode="json", exclude_defaults=True),
        "test_origins": [test.origin for test in kept],
        "test_probabilities": [test.probability for test in kept],
        "test_hashes": hash_tests(row, row.kept),
        "ambiguity": row.question.ambiguity,
        "mutation": row.mutation.model_dump() if row.mutation else None,
        "source": row.seed.source,
        "licence": row.seed.licence,
    }


def judged_question(row: SynthRow, form: AnswerForm) -> JudgedQuestion:
    """Return the question with its sampled programs, from which ``clients.pairs`` makes pairs."""
    assert row.question is not None
    positions = counted_tests(row)
    programs = samples(row)
    prompt = row.question.text
    if form is AnswerForm.ACECODE:
        prompt = acecode_prompt(prompt, shown_test(row.tests[row.kept[0]]))
    return JudgedQuestion(
        id=row.id,
        prompt=prompt,
        answers=[answer_text(form, program.program, program.completion) for program in programs],
        programs=[program.program for program in programs],
        results=[_result(row.id, at, program, positions) for at, program in enumerate(programs)],
        test_hashes=hash_tests(row, positions),
    )


def _result(suite: str, at: int, program: SynthProgram, positions: Sequence[int]) -> CandidateResult:
    outcomes = {at: program.outcomes[at] for at in positions if at < len(program.outcomes)}
    judged = len(outcomes) == len(positions) and all(outcomes.values())
    marked = set(program.rests_on_program)
    tests = [
        _test_result(outcome, rests_on_program=at in marked) for at, outcome in outcomes.items() if outcome
    ]
    return CandidateResult(
        id=str(at),
        index=at,
        suite=suite,
        status=Status.JUDGED if judged else Status.UNSCORABLE,
        reason=None if judged else UnscorableReason.DEADLINE,
        pass_rate=program.pass_rate if judged else None,
        tests=tests if judged else [],
    )


@lru_cache(maxsize=64)  # a question has some hundred results, of which few differ
def _test_result(outcome: Outcome, *, rests_on_program: bool) -> TestResult:
    return TestResult(outcome=outcome, rests_on_program=rests_on_program)
