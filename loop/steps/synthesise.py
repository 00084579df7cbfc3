"""Step ``synthesise``: makes suites, samples, pass rates and pairs of the training questions by ``acecoder synth run``.

The questions' own tests take no part. Their right programs are the seeds, and afterwards they tell which imagined tests
are wrong, among all and among those that the filter kept.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from clients.datasets.rows import rows_of_file
from loop.questions import Split
from loop.results import DatasetResults, StageYield
from loop.steps.context import StepContext, StepError
from loop.steps.held_out.judging import open_executor
from loop.steps.synthesis.config import SynthFolder, write_synth_config
from loop.steps.synthesis.rows import WRITTEN, ReadRow, count_wrong, find_truth, read_rows
from loop.steps.synthesis.run import run_synth

FEW_KEPT = (
    "use a stronger writer or solver, lower synthesise.min_tests, raise synthesise.tests or longest_answer, or give "
    "more questions; 'acecoder synth show' draws what became of one"
)
"""What to do where too little is left of the questions."""


async def run(context: StepContext) -> None:
    """Make the data set of a run.

    Raises:
        StepError: there is no training question, none is left, or a command failed.
    """
    started = time.monotonic()
    questions = list(context.folder.questions(Split.TRAIN))
    if not questions:
        raise StepError(f"{context.folder.questions_file}: no question has the split 'train'; add some")
    folder = SynthFolder(context.folder.synth)
    write_synth_config(context, folder, questions, with_samples=True)
    run_synth(folder, len(questions), context.progress, last_stage="sample")
    rows = list(read_rows(folder))
    async with open_executor(context) as executor:
        truth = await find_truth(executor, folder, rows, questions, context.progress)
    results = dataset_results(folder, rows, len(questions), time.monotonic() - started)
    wrong = {
        "wrong_tests_imagined": count_wrong(rows, truth, kept=False),
        "wrong_tests_kept": count_wrong(rows, truth, kept=True),
    }
    context.folder.write_results("synthesise", results.model_copy(update=wrong))
    if not results.questions:
        raise StepError(f"no question of {results.seeds} is left: {reasons_text(results)}; {FEW_KEPT}")


def dataset_results(
    folder: SynthFolder, rows: Sequence[ReadRow], seeds: int, wall_s: float
) -> DatasetResults:
    """Return the counts of a data set, from its files."""
    statistics: dict[str, Any] = json.loads(folder.statistics.read_text(encoding="utf-8"))
    tests = [test for one in rows for test in one.row.tests if test.origin in WRITTEN]
    kept = [one.row.tests[at].origin in WRITTEN for one in rows if one.is_done for at in one.row.kept]
    models = statistics["models"]
    return DatasetResults(
        seeds=seeds,
        questions=statistics["questions"],
        tests_imagined=len(tests),
        tests_kept=sum(kept),
        tests_added=len(kept) - sum(kept),
        test_drops=dict(Counter(str(test.dropped) for test in tests if test.dropped).most_common()),
        row_drops=_row_drops(rows),
        stages=[_stage(one) for one in statistics["stages"]],
        samples=statistics["programs"],
        pass_rate=statistics["mean_rate"] or 0.0,
        pairs=statistics["pairs"],
        pair_questions=len(
            {row["question"] for _, row in rows_of_file(folder.pairs) if isinstance(row, dict)}
        ),
        model_calls=sum(model["completions"] for model in models),
        tokens_in=sum(model["prompt_tokens"] for model in models),
        tokens_out=sum(model["completion_tokens"] for model in models),
        wall_s=wall_s,
    )


def reasons_text(results: DatasetResults) -> str:
    """Return why questions were dropped, with their numbers."""
    return (
        ", ".join(f"{number} by {reason}" for reason, number in results.row_drops.items())
        or "no reason is recorded"
    )


def _row_drops(rows: Iterable[ReadRow]) -> dict[str, int]:
    return dict(Counter(f"{one.stage}: {one.reason}" for one in rows if not one.is_done).most_common())


def _stage(one: dict[str, Any]) -> StageYield:
    return StageYield(
        stage=one["stage"],
        rows_in=one["rows"],
        rows_out=one["kept"],
        tests_in=one["tests_before"],
        tests_out=one["tests_after"],
        wall_s=one["wall_s"],
    )
