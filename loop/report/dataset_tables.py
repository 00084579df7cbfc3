"""Builds the tables of the data set: the quantities of the paper's Table 1, yields of stages, and drops. Pure."""

from loop.report import paper
from loop.report.numbers import NOT_MEASURED, count, duration, percent, ratio
from loop.report.tables import Cell, Row, Table, ours
from loop.results import DatasetResults, LoopResults

NOTES = [
    "Wrong tests are those that a true program fails; true programs only measure.",
    "They are not known where a model rewrote the questions: the right program is that of another question then.",
    "The paper's share of wrong tests is what people found in 200 kept tests.",
    "The paper's pass rate has dropped tests in its denominator; ours has the same tests above and below.",
]
"""Below the table of the data set."""


def dataset_table(results: LoopResults, data: DatasetResults) -> Table:
    """Return the quantities of the paper's Table 1."""

    def row(name: str, number: Cell | None, other: str = "") -> Row:
        return Row([Cell(name), number or Cell(NOT_MEASURED), Cell(other)])

    def one(value: float | None) -> Cell:
        return Cell(NOT_MEASURED if value is None else f"{value:.2f}")

    def share(part: float | None, whole: float) -> Cell:
        return Cell(percent(ratio(part, whole)))

    wrong_kept, with_pairs = (
        percent(paper.WRONG_TESTS_KEPT_SHARE),
        percent(paper.PAIR_QUESTIONS / paper.QUESTIONS),
    )
    per_question, kept_per_question = (
        f"{paper.PAIRS / paper.PAIR_QUESTIONS:.2f}",
        f"{paper.TESTS_KEPT_PER_QUESTION}",
    )
    rows = [
        row("seeds", Cell(count(data.seeds)), count(paper.SEEDS)),
        row("tests imagined a seed", one(ratio(data.tests_imagined, data.seeds)), f"{paper.TESTS_IMAGINED_PER_SEED}"),
        row("tests kept, %", share(data.tests_kept, data.tests_imagined), f"{100 * paper.TESTS_KEPT_SHARE:.0f}"),
        row("questions kept", Cell(count(data.questions)), count(paper.QUESTIONS)),
        row("questions kept, % of seeds", share(data.questions, data.seeds), percent(paper.QUESTIONS / paper.SEEDS)),
        row("tests kept", Cell(count(data.tests_kept)), count(paper.TESTS_KEPT)),
        row("tests kept a question", one(ratio(data.tests_kept, data.questions)), kept_per_question),
        *([row("tests added to suites", Cell(count(data.tests_added)))] if data.tests_added else []),
        row("wrong tests among imagined, %", share(data.wrong_tests_imagined, data.tests_imagined)),
        row("wrong tests among kept, %", share(data.wrong_tests_kept, data.tests_kept), wrong_kept),
        row("programs a question", one(ratio(data.samples, data.questions)), f"{paper.SAMPLES_PER_QUESTION}"),
        row("mean pass rate, %", Cell(percent(data.pass_rate)), percent(paper.PASS_RATE)),
        row("pairs", Cell(count(data.pairs)), count(paper.PAIRS)),
        row("questions with pairs, %", share(data.pair_questions, data.questions), with_pairs),
        row("pairs a question with pairs", one(ratio(data.pairs, data.pair_questions)), per_question),
        row("calls of models", Cell(count(data.model_calls))),
        row("tokens in / out", Cell(f"{count(data.tokens_in)} / {count(data.tokens_out)}")),
    ]  # fmt: skip
    return Table("Data set (Table 1)", ["", ours(results), paper.LABEL], rows, NOTES)


def stages_table(data: DatasetResults) -> Table:
    """Return what each stage of synthesis let through."""
    rows = [
        Row([
            Cell(stage.stage), Cell(count(stage.rows_in)), Cell(count(stage.rows_out)),
            Cell(count(stage.tests_in)), Cell(count(stage.tests_out)), Cell(duration(stage.wall_s)),
        ])
        for stage in data.stages
    ]  # fmt: skip
    head = ["stage", "questions in", "out", "tests in", "out", "time"]
    return Table(
        "Stages of synthesis",
        head,
        rows,
        [
            "Tests are those of the questions that the stage let through.",
            "The time is a sum over questions, which are worked on at the same time.",
        ],
    )


def drops_table(data: DatasetResults) -> Table:
    """Return all reasons of drops with their numbers."""
    kinds = (("test", data.test_drops), ("question", data.row_drops))
    rows = [
        Row([Cell(reason), Cell(kind), Cell(count(number))])
        for kind, drops in kinds
        for reason, number in sorted(drops.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Table("Drops by reason", ["reason", "what", "number"], rows)
