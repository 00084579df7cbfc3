"""Step ``examples``: collects held-out questions with tests, reasons, programs, outcomes and scores, for the report.

Questions are taken evenly from three kinds: the reward model's pick is right where few samples are, it is wrong where
some sample is right, and the others. So the report shows where it helps and where it fails.
"""

from collections.abc import Sequence

from clients.contract import CandidateResult
from loop.results import Example, ExampleProgram, ExampleResults, ExampleTest
from loop.steps.context import StepContext
from loop.steps.held_out.measured import (
    HeldOutFiles,
    ImaginedTests,
    held_out_tests,
    measured_questions,
    restricted,
    results_of,
)
from loop.steps.held_out.selection import HeldOutQuestion, average, reward_model_chance
from loop.steps.row_file import RowFile

EXAMPLES = 12
"""Questions in the report: enough to browse, few enough for a page that opens at once."""
PROGRAMS = 8
"""Different programs of a question, from the highest score to the lowest."""


def run(context: StepContext) -> None:
    """Collect the examples of a run."""
    files = HeldOutFiles(context.folder)
    tests = held_out_tests(files)
    verdicts = results_of(files.imagined)
    truth = {row["id"]: row for row in RowFile(files.synth.truth)}
    questions = [question for question in measured_questions(files) if question.id in verdicts]
    examples = [
        _example(question, tests[question.id], verdicts[question.id][1:], _truth(tests[question.id], truth))
        for question in chosen(questions)
    ]
    context.folder.write_results("examples", ExampleResults(examples=examples))


def chosen(questions: Sequence[HeldOutQuestion]) -> list[HeldOutQuestion]:
    """Return questions of the three kinds in turn."""
    kinds: list[list[HeldOutQuestion]] = [[], [], []]
    for question in questions:
        is_picked = reward_model_chance(question, len(question.right)) > 0.5
        is_helped = is_picked and average(question) < 0.5
        is_missed = not is_picked and any(question.right)
        kinds[0 if is_helped else 1 if is_missed else 2].append(question)
    in_turn: list[HeldOutQuestion] = []
    for at in range(len(questions)):
        in_turn += [kind[at] for kind in kinds if at < len(kind)]
    return in_turn[:EXAMPLES]


def _truth(tests: ImaginedTests, truth: dict[str, dict[str, object]]) -> list[bool | None]:
    """Return for each test of the row whether the right program passes it."""
    sources = tests.row.judgeable
    values: list[bool | None] = [None] * len(tests.row.row.tests)
    if tests.row.row.id in truth:
        (row,) = [truth[tests.row.row.id]]
        result = CandidateResult.model_validate(row["results"][0])  # type: ignore[index]
        for at, test in zip(sources, result.tests, strict=bool(result.tests)):  # none without a verdict
            values[at] = test.outcome.value == "passed" if test.counts else None
    return values


def _example(
    question: HeldOutQuestion,
    tests: ImaginedTests,
    verdicts: Sequence[CandidateResult],
    truth: Sequence[bool | None],
) -> Example:
    return Example(
        id=question.id,
        question=question.text,
        tests=[
            ExampleTest(
                text=test.source,
                kept=test.dropped is None,
                reason=": ".join(filter(None, [test.dropped or "", test.detail])) if test.dropped else "",
                truly_right=right,
            )
            for test, right in zip(tests.row.row.tests, truth, strict=True)
        ],
        programs=_programs(question, verdicts, tests.kept),
    )


def _programs(
    question: HeldOutQuestion, verdicts: Sequence[CandidateResult], kept: Sequence[int]
) -> list[ExampleProgram]:
    programs: dict[str, ExampleProgram] = {}
    for text, verdict, score in zip(question.programs, verdicts, question.scores, strict=True):
        result = restricted(verdict, kept)
        programs.setdefault(
            text,
            ExampleProgram(
                program=text,
                outcomes=[test.outcome for test in result.tests],
                pass_rate=result.pass_rate,
                score=score,
            ),
        )
    ranked = sorted(programs.values(), key=lambda program: (program.score is None, -(program.score or 0.0)))
    if len(ranked) <= PROGRAMS:
        return ranked
    # Evenly over the ranking, the first and the last among them.
    return [ranked[round(at * (len(ranked) - 1) / (PROGRAMS - 1))] for at in range(PROGRAMS)]
