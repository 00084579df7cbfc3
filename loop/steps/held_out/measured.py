"""Joins the files of ``held_out/`` into questions with all that was measured of their answers. Asks no service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.contract import CandidateResult
from clients.selection.rules import has_verdict
from loop.folder import RunFolder
from loop.questions import LoopQuestion, Split
from loop.steps.held_out.sampling import HeldOutAnswers
from loop.steps.held_out.selection import HeldOutQuestion
from loop.steps.row_file import RowFile
from loop.steps.synthesis.config import SynthFolder
from loop.steps.synthesis.rows import WRITTEN, ReadRow, read_rows

HELD_OUT = (Split.HELD_OUT, Split.HELD_OUT_FAMILY)


class HeldOutFiles:
    """The files of ``held_out/``."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._root = folder.held_out

    @property
    def samples(self) -> RowFile:
        """Completions: the greedy one, then the samples."""
        return RowFile(self._root / "samples.jsonl")

    @property
    def graded(self) -> RowFile:
        """Verdicts of the true tests on them."""
        return RowFile(self._root / "graded.jsonl")

    @property
    def imagined(self) -> RowFile:
        """Verdicts of the imagined tests on them."""
        return RowFile(self._root / "imagined.jsonl")

    @property
    def scores(self) -> RowFile:
        """Scores of the reward model."""
        return RowFile(self._root / "scores.jsonl")

    @property
    def synth(self) -> SynthFolder:
        """Synthesis of imagined tests for the held-out questions."""
        return SynthFolder(self._root / "synth")

    def questions(self) -> list[LoopQuestion]:
        """Return the held-out questions."""
        return list(self._folder.questions(*HELD_OUT))

    def answers(self) -> list[HeldOutAnswers]:
        """Return the answers that were sampled."""
        rows = self.samples.by_id()
        return [HeldOutAnswers(question, rows[question.id]["completions"]) for question in self.questions()]


@dataclass(frozen=True, slots=True)
class ImaginedTests:
    """The imagined tests of one question that the validation let through."""

    row: ReadRow
    positions: Sequence[int]
    """In ``row.row.tests``; columns of the verdicts."""

    @property
    def kept(self) -> list[int]:
        """Columns of the tests that are kept: those that the filter kept, and those that were added after it."""
        kept = set(self.row.row.kept)
        return [column for column, at in enumerate(self.positions) if at in kept]

    @property
    def written(self) -> list[int]:
        """Columns of the tests that a model wrote with the question."""
        tests = self.row.row.tests
        return [column for column, at in enumerate(self.positions) if tests[at].origin in WRITTEN]


def imagined_tests(folder: SynthFolder) -> dict[str, ImaginedTests]:
    """Return question → its imagined tests; questions without a usable one are left out."""
    return {one.row.id: ImaginedTests(one, one.usable) for one in read_rows(folder) if one.usable}


def held_out_tests(files: HeldOutFiles) -> dict[str, ImaginedTests]:
    """Return held-out question → its imagined tests, without tests of another function.

    A model that was asked for tests may have renamed the function, and no answer would pass.
    """
    names = {question.id: question.entry_point for question in files.questions()}
    return {
        name: tests
        for name, tests in imagined_tests(files.synth).items()
        if tests.row.row.question is not None and tests.row.row.question.entry_point == names.get(name)
    }


def measured_questions(files: HeldOutFiles) -> list[HeldOutQuestion]:
    """Return the held-out questions with verdicts and scores; those without any verdict on a sample are left out."""
    tests = held_out_tests(files)
    graded, imagined = results_of(files.graded), results_of(files.imagined)
    scores = {row["id"]: row["scores"] for row in files.scores}
    questions = []
    for answer in files.answers():
        verdicts = graded[answer.question.id]
        if any(has_verdict(result) for result in verdicts[1:]):
            questions.append(_question(answer, verdicts, imagined, tests, scores[answer.question.id]))
    return questions


def _question(
    answer: HeldOutAnswers,
    graded: Sequence[CandidateResult],
    imagined: Mapping[str, Sequence[CandidateResult]],
    tests: Mapping[str, ImaginedTests],
    scores: Sequence[float | None],
) -> HeldOutQuestion:
    name = answer.question.id
    by_imagined = imagined[name][1:] if name in imagined else None
    kept = tests[name].kept if name in tests else []
    return HeldOutQuestion(
        name,
        answer.question.text,
        graded[0].pass_rate == 1.0 if has_verdict(graded[0]) else None,
        answer.programs[1:],
        graded[1:],
        by_imagined,
        [restricted(result, kept) for result in by_imagined] if by_imagined and kept else None,
        scores[1:],
    )


def results_of(file: RowFile) -> dict[str, list[CandidateResult]]:
    """Return group → its verdicts."""
    return {row["id"]: [CandidateResult.model_validate(one) for one in row["results"]] for row in file}


def restricted(result: CandidateResult, columns: Sequence[int]) -> CandidateResult:
    """Return a verdict by some of its tests, with the pass rate over those that count."""
    if not has_verdict(result):
        return result
    tests = [result.tests[column] for column in columns]
    counted = [test for test in tests if test.counts]
    passed = sum(test.outcome.value == "passed" for test in counted)
    rate = passed / len(counted) if counted else None
    return result.model_copy(update={"tests": tests, "pass_rate": rate})
