"""Reports what was removed for resembling a benchmark, and what is similar and was kept. Pure."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from services.synth.decontamination.benchmarks import BenchmarkProblem
from services.synth.decontamination.matches import Match, MatchKind

MOST_SIMILAR = 1000
"""Matches that the report shows of documents that were kept: as many as a person looks at. The rows' notes have all."""
MATCHES_NOTE = "decontaminate.matches"
"""Name of the note with all matches of a row."""


def match_as_json(match: Match) -> dict[str, Any]:
    """Return a match for a report, or for the notes of a row."""
    return {**asdict(match), "kind": match.kind.value}


def match_of_json(fields: Mapping[str, Any]) -> Match:
    """Return the match that ``match_as_json`` wrote."""
    return Match(**{**fields, "kind": MatchKind(fields["kind"])})


@dataclass(slots=True)
class _BenchmarkCounts:
    """What resembles one benchmark. Holds ids, and no matches: a run has some hundred thousand of those."""

    resembled: set[str] = field(default_factory=set)
    """Problems for which a document is removed."""
    removed: set[str] = field(default_factory=set)
    """Documents that are removed for it."""
    by_rule: dict[MatchKind, set[str]] = field(default_factory=lambda: {kind: set() for kind in MatchKind})
    """Documents by rule."""

    def add(self, match: Match) -> None:
        self.by_rule[match.kind].add(match.document)
        if match.removes:
            self.resembled.add(match.problem)
            self.removed.add(match.document)

    def as_json(self, problems: int) -> dict[str, Any]:
        return {
            "problems": problems,
            "problems_resembled": len(self.resembled),
            "documents_removed": len(self.removed),
            "documents_by_rule": {kind.value: len(ids) for kind, ids in self.by_rule.items() if ids},
        }


def decontamination_report(
    documents: int, matches: Iterable[Match], problems: Iterable[BenchmarkProblem]
) -> dict[str, Any]:
    """Return the report as JSON: counts, and each removed document with the problems that it resembles.

    ``documents`` is how many were compared. The matches of one document come one after the other; they are read once
    and not kept, but for those of removed documents and the ``MOST_SIMILAR`` nearest of those that were kept.
    """
    sizes = Counter(problem.benchmark for problem in problems)
    counts = {name: _BenchmarkCounts() for name in sizes}
    removed: dict[str, list[Match]] = {}
    similar: list[tuple[float, int, Match]] = []
    kept = 0
    for document, group in groupby(matches, key=lambda match: match.document):
        own = list(group)
        for match in own:
            if match.benchmark in counts:
                counts[match.benchmark].add(match)
        if removing := [match for match in own if match.removes]:
            removed.setdefault(document, []).extend(removing)
            continue
        for match in own:
            kept += 1
            # Of equal scores the earlier one is kept: the second part falls.
            keep = heapq.heappush if len(similar) < MOST_SIMILAR else heapq.heappushpop
            keep(similar, (match.score, -kept, match))
    return {
        "compared": documents,
        "removed": len(removed),
        "benchmarks": {name: counts[name].as_json(size) for name, size in sorted(sizes.items())},
        "removed_documents": {
            document: [match_as_json(match) for match in removed[document]] for document in sorted(removed)
        },
        "similar_and_kept_matches": kept,
        "similar_and_kept": [match_as_json(match) for *_, match in sorted(similar, reverse=True)],
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
