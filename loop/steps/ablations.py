"""Step ``ablations``: reward models from other pairs of the same programs, and what they pick: the paper's Table 5.

``without filtering``: pass rates by all imagined tests that the validation let through, wrong ones among them; without
the tests that were added to a suite after the filter.
``without rate-0 answers``: answers that pass no test are in no pair. A configuration that leaves them out has the row
``with rate-0 answers`` instead.
"""

import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clients.contract import CandidateResult, ProgramRole, SynthProgram
from clients.datasets.rows import rows_of_file
from clients.pairs import (
    AnswerForm,
    JudgedQuestion,
    PairForm,
    PairPolicy,
    answer_text,
    preference_pairs,
    row_of,
)
from loop.results import AblationResults, AblationRow, SelectionResults
from loop.services.process import ServiceProcess
from loop.services.specs import reward_model_spec
from loop.steps.context import StepContext
from loop.steps.held_out.judging import ProgramsToJudge, judge_groups, open_executor
from loop.steps.held_out.measured import (
    HeldOutFiles,
    ImaginedTests,
    imagined_tests,
    measured_questions,
    restricted,
)
from loop.steps.held_out.scoring import score_answers
from loop.steps.held_out.selection import (
    REWARD_MODEL,
    RULES,
    HeldOutQuestion,
    pair_accuracy,
    paired,
    reward_model_chance,
    selection_row,
    with_scores,
)
from loop.steps.reward_model import train_reward_model
from loop.steps.row_file import RowFile
from loop.steps.synthesis.config import SynthFolder

PAIRS_PER_QUESTION = 16
"""Most pairs of one question, as ``acecoder synth run`` makes them: the rows must differ in one thing only."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """Pairs that are made in another way."""

    slug: str
    name: str
    description: str
    is_filtered: bool
    reject_rate_zero: bool


def ablations_of(*, reject_rate_zero: bool) -> list[Ablation]:
    """Return the ablations of a configuration."""
    other = "without rate-0 answers" if reject_rate_zero else "with rate-0 answers"
    how = "are in no pair" if reject_rate_zero else "may be rejected answers"
    return [
        Ablation(
            "unfiltered",
            "without filtering",
            "pass rates by all imagined tests, wrong ones among them",
            is_filtered=False,
            reject_rate_zero=reject_rate_zero,
        ),
        Ablation(
            "rate_zero",
            other,
            f"answers that pass no test {how}",
            is_filtered=True,
            reject_rate_zero=not reject_rate_zero,
        ),
    ]


async def run(context: StepContext) -> None:
    """Train and measure the other reward models.

    Raises:
        StepError: a command failed.
        ServiceError: a reward model does not start.
        AceCoderError: a service cannot be used.
    """
    root = context.folder.root / "ablations"
    tests = {
        name: one
        for name, one in imagined_tests(SynthFolder(context.folder.synth)).items()
        if one.row.is_done
    }
    async with open_executor(context) as executor:
        verdicts = await judge_groups(
            executor,
            [_group(one) for one in tests.values()],
            RowFile(root / "verdicts.jsonl"),
            context.progress,
        )
    configured = measured_questions(HeldOutFiles(context.folder))
    results = context.folder.read_results("best_of_n", SelectionResults)
    pairs = SynthFolder(context.folder.synth).pairs
    rows = [
        AblationRow(
            name="as configured",
            description="pass rates by the filtered tests",
            pairs=sum(1 for _ in rows_of_file(pairs)),
            by_n=selection_row(RULES[0], configured).by_n,
            pair_accuracy=results.pair_accuracy if results else pair_accuracy(configured),
        )
    ]
    for ablation in ablations_of(reject_rate_zero=context.config.reward_model.reject_rate_zero):
        rows.append(await ablation_row(context, root, ablation, tests, verdicts))
        context.folder.write_results("ablations", AblationResults(rows=rows))


async def ablation_row(
    context: StepContext,
    root: Path,
    ablation: Ablation,
    tests: Mapping[str, ImaginedTests],
    verdicts: Mapping[str, Sequence[CandidateResult]],
) -> AblationRow:
    """Return the row of an ablation. Without pairs, which a real coder may give, nothing is trained."""
    pairs = root / f"{ablation.slug}.jsonl.gz"
    made = write_pairs(pairs, ablation, tests, verdicts)
    if not made:
        context.progress.line(f"reward model {ablation.name}: there are no pairs to train it on")
        return AblationRow(name=ablation.name, description=ablation.description, pairs=0, by_n={})
    files = HeldOutFiles(context.folder)
    configured = measured_questions(files)
    return _row(ablation, made, await _measure(context, root, ablation, files, configured), configured)


def _samples(tests: ImaginedTests) -> list[SynthProgram]:
    return [program for program in tests.row.row.programs if program.role is ProgramRole.SAMPLE]


def _group(tests: ImaginedTests) -> ProgramsToJudge:
    row = tests.row.row
    assert row.question is not None
    return ProgramsToJudge(
        row.id,
        row.question.entry_point,
        [program.program for program in _samples(tests)],
        [row.tests[at].source for at in tests.positions],
    )


def write_pairs(
    path: Path,
    ablation: Ablation,
    tests: Mapping[str, ImaginedTests],
    verdicts: Mapping[str, Sequence[CandidateResult]],
) -> int:
    """Write the pairs of an ablation, and return how many there are."""
    policy = PairPolicy(reject_rate_zero=ablation.reject_rate_zero, per_question=PAIRS_PER_QUESTION)
    count = 0
    # Without a time in it, the file is the same in a second attempt: a training resumes only on the same pairs.
    with gzip.GzipFile(path, "wb", mtime=0) as packed, io.TextIOWrapper(packed, encoding="utf-8") as file:
        for pair in preference_pairs(_questions(ablation, tests, verdicts), policy):
            file.write(json.dumps(row_of(pair, PairForm.OURS, count)) + "\n")
            count += 1
    return count


def _questions(
    ablation: Ablation, tests: Mapping[str, ImaginedTests], verdicts: Mapping[str, Sequence[CandidateResult]]
) -> Iterator[JudgedQuestion]:
    for name, one in tests.items():
        programs = _samples(one)
        results = verdicts[name]
        columns = one.kept if ablation.is_filtered else one.written
        results = [restricted(result, columns) for result in results]
        # Equal programs count once; an id tells which of them it is.
        results = [result.model_copy(update={"id": str(at)}) for at, result in enumerate(results)]
        question = one.row.row.question
        assert question is not None
        answers = [
            answer_text(AnswerForm.FENCED, program.program, program.completion) for program in programs
        ]
        yield JudgedQuestion(name, question.text, answers, [program.program for program in programs], results)


async def _measure(
    context: StepContext,
    root: Path,
    ablation: Ablation,
    files: HeldOutFiles,
    questions: Sequence[HeldOutQuestion],
) -> list[HeldOutQuestion]:
    """Train a reward model on the pairs of an ablation, and return the questions with its scores."""
    context.progress.line(f"reward model {ablation.name}")
    model = root / ablation.slug
    train_reward_model(context, root / f"{ablation.slug}.jsonl.gz", model)
    spec = reward_model_spec(model, context.config, name=f"reward_model-{ablation.slug}")
    with ServiceProcess(spec, context.folder.log(f"service-{spec.name}")) as service:
        file = RowFile(root / f"scores-{ablation.slug}.jsonl")
        scores = await score_answers(service.url, files.answers(), file, context.progress)
    return [with_scores(question, scores) for question in questions]


def _row(
    ablation: Ablation,
    pairs: int,
    questions: Sequence[HeldOutQuestion],
    configured: Sequence[HeldOutQuestion],
) -> AblationRow:
    row = selection_row(replace(RULES[0], name=REWARD_MODEL), questions)
    most = max(row.by_n)
    by_id = {question.id: question for question in configured}
    full = [question for question in questions if len(question.right) >= most]
    gain = paired(
        full,
        lambda one: reward_model_chance(one, most),
        lambda one: reward_model_chance(by_id[one.id], most),
    )
    return AblationRow(
        name=ablation.name,
        description=ablation.description,
        pairs=pairs,
        by_n=row.by_n,
        pair_accuracy=pair_accuracy(questions),
        gain=gain,
    )
