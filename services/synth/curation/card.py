"""Writes the card of a data set: what is in it, what each stage kept, what was dropped and why, what it cost.

Pure, except ``write_card``. Every number comes from the run. The paper's numbers (arXiv 2502.01718, Tables 1 and 2)
stand beside the same quantities of ours.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.pairs import PairReport
from services.synth.curation.statistics import RunStatistics
from services.synth.llm.cache import Spent

PAPER_PAIRS = {"the paper's rule": "307,509"}
"""Rule of ``files.PAIR_RULES`` → pairs of the paper."""

_WHAT = (
    "Questions with tests that a model imagined, filtered by the agreement of programs that were executed, and "
    "programs scored by those tests. Made by AceCoder Services."
)
_RATES = (
    "A pass rate is passed tests divided by valid tests, over the kept tests that the program's prompt did not show. "
    "A program without a verdict has no rate and is left out. Tests are a model's: a kept test can be wrong, and a "
    "program that passes all can be wrong, too."
)


@dataclass(frozen=True, slots=True)
class StageYield:
    """What one stage did to the rows that reached it."""

    stage: str
    rows: int
    kept: int
    wall_s: float
    """Sum over rows, which run at the same time."""
    tests_before: int
    tests_after: int
    reasons: Mapping[str, int]
    """Reason → dropped rows."""


def stage_yields(rows: Iterable[tuple[str, str, int, float, int, int]]) -> list[StageYield]:
    """Group ``RunStore.yields`` by stage."""
    by_stage: dict[str, list[tuple[str, int, float, int, int]]] = {}
    for stage, *counts in rows:
        by_stage.setdefault(stage, []).append(tuple(counts))  # type: ignore[arg-type]
    return [
        StageYield(
            stage,
            rows=sum(count for _, count, *_ in counts),
            kept=sum(count for reason, count, *_ in counts if not reason),
            wall_s=sum(one[2] for one in counts),
            tests_before=sum(one[3] for one in counts if not one[0]),
            tests_after=sum(one[4] for one in counts if not one[0]),
            reasons={reason: count for reason, count, *_ in counts if reason},
        )
        for stage, counts in by_stage.items()
    ]


def card_markdown(
    name: str,
    statistics: RunStatistics,
    pairs: PairReport,
    yields: Sequence[StageYield],
    spent: Sequence[Spent],
    settings: Mapping[str, object],
    seed_counts: Sequence[Mapping[str, Any]] = (),
    runner_version: str = "",
) -> str:
    """Return the card as Markdown with the front matter that the Hugging Face Hub reads.

    ``seed_counts`` are the entries of ``seeds.json``: rows that were read, kept and rejected, by source.
    ``runner_version`` is that of the executor's runner, which judged all rows.
    """
    parts = [
        _front_matter(statistics),
        f"# {name}",
        _WHAT,
        "## What is in it",
        _table(("file", "rows", "what"), _files(statistics, pairs)),
        "![distributions](card.svg)",
        "## Beside the paper",
        _table(("", "here", "AceCode-87K"), _beside_paper(statistics)),
        "## Seeds that were read",
        _table(("from", "rows", "kept", "rejected rows by reason"), _seed_rows(seed_counts)),
        "## Stages",
        _table(
            ("stage", "rows", "kept", "tests before", "after", "dropped rows by reason"), _stage_rows(yields)
        ),
        "## Rows that a stage passed on unchanged",
        _table(
            ("stage", "why", "rows"), [(*key, rows) for key, rows in statistics.not_applied.most_common()]
        ),
        *_counts(statistics),
        *_provenance(statistics),
        "## Cost",
        _cost_table(spent),
        "## How rates are computed",
        _RATES + (f" All verdicts are of the executor's runner {runner_version}." if runner_version else ""),
        "## Settings",
        f"```json\n{json.dumps(settings, indent=1, sort_keys=True, default=str)}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _counts(statistics: RunStatistics) -> list[str]:
    return [
        "## Dropped tests",
        _table(
            ("reason", "imagined", "added later"),
            (
                (reason, statistics.dropped_imagined[reason], count - statistics.dropped_imagined[reason])
                for reason, count in statistics.dropped_tests.most_common()
            ),
        ),
        "## How replies with questions were read",
        _table(("repair", "rows"), statistics.repairs.most_common()),
        "## Programs without a verdict",
        _table(("reason", "programs"), statistics.unscorable.most_common()),
        "## Passes that programs had a say in",
        _table(("passes of sampled programs", "tests"), _mark_rows(statistics)),
    ]


def _provenance(statistics: RunStatistics) -> list[str]:
    return [
        "## Where it comes from",
        _table(("source", "seeds", "questions", "tests"), _source_rows(statistics)),
        "Questions by the licence of their seed:",
        _table(("licence", "questions"), _licence_rows(statistics)),
        "Sampled programs by model:",
        _table(("model", "programs"), statistics.models.most_common()),
    ]


def _front_matter(statistics: RunStatistics) -> str:
    licences = sorted({licence.lower() for licence in statistics.licences if licence})
    licence = licences[0] if len(licences) == 1 else "other"
    return f"---\nlanguage: en\nlicense: {licence}\ntags: [code, synthetic, tests, reward-model]\n---"


def _files(statistics: RunStatistics, pairs: PairReport) -> list[tuple[object, ...]]:
    return [
        (
            "`suites.jsonl.gz`",
            statistics.questions,
            "question, suite, provenance and probability of each test",
        ),
        ("`acecode.jsonl.gz`", statistics.questions, "AceCode-87K's columns, with recomputed rates"),
        (
            "`acecode_hard.jsonl.gz`",
            statistics.hard_questions,
            "the paper's hard subset, by recomputed rates",
        ),
        ("`pairs.jsonl.gz`", pairs.pairs, "AceCodePair-300K's columns"),
        ("`pairs_full.jsonl.gz`", pairs.pairs, "pairs with rates, outcomes and test hashes"),
        (
            "`canaries.jsonl.gz`",
            statistics.canaries,
            "suites with one expected value changed: any pass is a hack",
        ),
        (
            "`dropped.jsonl.gz`",
            sum(statistics.dropped_rows.values()),
            "seeds that were dropped, with the reason",
        ),
    ]


def _beside_paper(statistics: RunStatistics) -> list[tuple[object, ...]]:
    """Return the rows of the paper's Tables 1 and 2: our number, and that of AceCode-87K, all sources."""
    seeds, written, questions = statistics.total("seeds"), statistics.total("written"), statistics.questions
    imagined, kept = statistics.total("imagined"), statistics.total("imagined_kept")
    pairs = statistics.pairs_by_rule
    return [
        ("seeds", seeds, "124,006"),
        ("questions that were written, with tests", written, "124,006"),
        ("imagined tests a written question", _mean(imagined, written), "18.27"),
        ("questions that are kept", questions, "87,149"),
        ("share of seeds kept", _share(questions, seeds), "70.3 %"),
        ("imagined tests a kept question", _mean(kept, questions), "15.87"),
        ("tests a kept question, with those that were added", _number(statistics.mean_tests()), "none added"),
        ("share of imagined tests kept", _share(kept, imagined), "about 61 %"),
        *((f"pairs, {rule}", count, PAPER_PAIRS.get(rule, "none")) for rule, count in pairs.items()),
        ("pass@1 of the sampler", _share(statistics.solved_programs, statistics.programs), "34.9 %"),
        ("questions that some sample solves", _share(statistics.solved_questions, questions), "39.6 %"),
        ("questions that all samples solve", _share(statistics.all_solved_questions, questions), "22.8 %"),
        ("mean pass rate", _percent(statistics.mean_rate), "70.3 %"),
        ("mutation score", _percent(statistics.mutation_score), "not measured"),
    ]


def _stage_rows(yields: Sequence[StageYield]) -> list[tuple[object, ...]]:
    return [
        (
            one.stage,
            one.rows,
            one.kept,
            one.tests_before,
            one.tests_after,
            ", ".join(f"{reason} {count}" for reason, count in sorted(one.reasons.items())),
        )
        for one in yields
    ]


def _mark_rows(statistics: RunStatistics) -> list[tuple[object, ...]]:
    counts = (
        ("in which code of the program took part (they count)", statistics.passes_resting_on_program),
        ("that the program alone decided (they count as not passed)", statistics.passes_decided_by_program),
    )
    return [(label, count) for label, count in counts if count]


def _source_rows(statistics: RunStatistics) -> list[tuple[object, ...]]:
    return [(name, one.seeds, one.questions, one.tests) for name, one in sorted(statistics.sources.items())]


def _licence_rows(statistics: RunStatistics) -> list[tuple[object, ...]]:
    return [(licence or "unknown", count) for licence, count in statistics.licences.most_common()]


def _cost_table(spent: Sequence[Spent]) -> str:
    head = ("purpose", "model", "completions", "prompt tokens", "completion tokens", "USD")
    return _table(
        head,
        (
            (
                one.purpose,
                one.model,
                one.completions,
                one.prompt_tokens,
                one.completion_tokens,
                f"{one.cost_usd:.4f}",
            )
            for one in spent
        ),
    )


def _seed_rows(seed_counts: Sequence[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (
            one["source"],
            one["rows"],
            one["kept"],
            ", ".join(f"{reason} {count}" for reason, count in one["rejected"].items()),
        )
        for one in seed_counts
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    rows = list(rows)
    if not rows:
        return "None."
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|").replace("\n", " ")


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else None)


def _mean(total: int, count: int) -> str:
    return _number(total / count if count else None)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def write_card(folder: Path, text: str, statistics: RunStatistics) -> None:
    """Write ``README.md`` and, where matplotlib is installed, ``card.svg``.

    Raises:
        OSError: a file cannot be written.
    """
    try:
        from services.synth.curation.plots import write_plots  # noqa: PLC0415 - needs an extra
    except ImportError:
        text = text.replace("![distributions](card.svg)\n\n", "")
    else:
        write_plots(statistics, folder / "card.svg")
    (folder / "README.md").write_text(text, encoding="utf-8")
