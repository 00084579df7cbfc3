"""Reports what was removed for resembling a benchmark, and what is similar and was kept. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.synth.decontamination.benchmarks import BenchmarkProblem
from services.synth.decontamination.matches import Match, MatchKind

MATCHES_NOTE = "decontaminate.matches"
"""Name of the note with all matches of a row."""


def match_as_json(match: Match) -> dict[str, Any]:
    """Return a match for a report, or for the notes of a row."""
    return {**asdict(match), "kind": match.kind.value}


def match_of_json(fields: Mapping[str, Any]) -> Match:
    """Return the match that ``match_as_json`` wrote."""
    return Match(**{**fields, "kind": MatchKind(fields["kind"])})


def decontamination_report(
    documents: int, matches: Sequence[Match], problems: Iterable[BenchmarkProblem]
) -> dict[str, Any]:
    """Return the report as JSON: counts, and each removed document with the problems that it resembles.

    ``documents`` is how many were compared.
    """
    sizes = Counter(problem.benchmark for problem in problems)
    removed = sorted({match.document for match in matches if match.removes})
    return {
        "compared": documents,
        "removed": len(removed),
        "benchmarks": {name: _benchmark_counts(name, size, matches) for name, size in sorted(sizes.items())},
        "removed_documents": {
            document: [
                match_as_json(match) for match in matches if match.document == document and match.removes
            ]
            for document in removed
        },
        "similar_and_kept": [
            match_as_json(match)
            for match in matches
            if not match.removes and match.document not in set(removed)
        ],
    }


def _benchmark_counts(name: str, problems: int, matches: Sequence[Match]) -> dict[str, Any]:
    own = [match for match in matches if match.benchmark == name]
    documents = {kind: {match.document for match in own if match.kind is kind} for kind in MatchKind}
    return {
        "problems": problems,
        "problems_resembled": len({match.problem for match in own if match.removes}),
        "documents_removed": len({match.document for match in own if match.removes}),
        "documents_by_rule": {kind.value: len(ids) for kind, ids in documents.items() if ids},
    }


def report_table(report: Mapping[str, Any]) -> str:
    """Return the report as a table in Markdown: a line for each pair of a removed document and a problem."""
    lines = [
        f"{report['removed']:,} of {report['compared']:,} documents removed.",
        "",
        "| benchmark | problems | resembled | documents removed | by rule |",
        "|---|---|---|---|---|",
    ]
    for name, counts in report["benchmarks"].items():
        rules = ", ".join(f"{kind} {number}" for kind, number in counts["documents_by_rule"].items())
        cells = [name, counts["problems"], counts["problems_resembled"], counts["documents_removed"], rules]
        lines.append(_line(cells))
    lines += ["", "| removed | resembles | rule | score | what they share |", "|---|---|---|---|---|"]
    for document, matches in report["removed_documents"].items():
        for match in matches:
            problem = f"{match['benchmark']} {match['problem']}"
            lines.append(
                _line([document, problem, match["kind"], f"{match['score']:.2f}", match["evidence"]])
            )
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[object]) -> str:
    texts = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(texts)} |"
