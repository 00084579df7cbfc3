"""Rewordings come near the problem that they reword; a judge decides, and the report shows every pair."""

import gzip
import json
from pathlib import Path

import pytest

from services.synth.decontamination.benchmarks import problem_of_row, read_benchmark
from services.synth.decontamination.documents import make_document
from services.synth.decontamination.lexical import LexicalIndex
from services.synth.decontamination.matches import BenchmarkIndex, Match, MatchKind
from services.synth.decontamination.rephrasing import (
    judge_values,
    nearest_by_vector,
    nearest_by_words,
    read_answer,
    rephrased,
    unit,
)
from services.synth.decontamination.report import (
    MOST_SIMILAR,
    decontamination_report,
    match_as_json,
    match_of_json,
    report_table,
)

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"
REWORDED = {
    "HumanEval/0": "Given some floating point values and a limit, decide whether some pair of the values is nearer together than that limit.",
    "HumanEval/4": "Compute the MAD of a series: the mean of the distances of all its entries from their average.",
    "HumanEval/12": "Out of several strings pick the one with the most characters; for a tie the earliest wins, and with no strings the answer is None.",
    "HumanEval/14": "Produce every prefix of a text, beginning with the shortest one and ending with the whole text.",
    "HumanEval/16": "How many different letters occur in a text, if upper and lower case count as the same?",
    "HumanEval/18": "Count the occurrences of a substring inside a string, where occurrences may overlap.",
    "HumanEval/20": "From at least two numbers choose the two that lie closest to one another and give them back as a pair, smaller first.",
    "HumanEval/26": "Drop every integer that occurs more than once in the sequence, and keep the rest in their original order.",
    "HumanEval/30": "Keep only the numbers greater than zero.",
    "HumanEval/34": "Sort the distinct elements of a sequence.",
    "HumanEval/46": "A series starts with 0, 0, 2, 0, and each later element is the sum of the four before it. Find element n without recursion.",
    "HumanEval/58": "Which elements do two lists share? Give them back sorted and without repetitions.",
    "HumanEval/64": "Count the vowels of a word. The vowels are a, e, i, o and u; y counts as well, but only as the last letter.",
    "HumanEval/70": "Order integers in an odd way: first the smallest, then the largest of those left, then the smallest of those left, and so on.",
    "HumanEval/90": "Find the second smallest number of a list; None if there is none.",
    "HumanEval/124": "Check that a text is a proper date in the form mm-dd-yyyy, with months from 1 to 12 and the right number of days per month.",
    "HumanEval/132": "A text consists of square brackets only. Tell whether it contains a valid subsequence in which one bracket pair is inside another.",
    "HumanEval/140": "Replace the blanks of a text by underscores; where more than two blanks follow one another, put a single hyphen instead.",
}
"""HumanEval problems, reworded by hand."""
PROBLEMS = [
    problem_of_row("b", {"task_id": str(n), "entry_point": f"f{n}", "text": text}, 1)
    for n, text in enumerate(
        ["Sort words by their length.", "Add two numbers.", "Reverse each word of a sentence."]
    )
]
INDEX = BenchmarkIndex(PROBLEMS)


@pytest.mark.real_data
def test_most_hand_made_rewordings_are_among_the_nearest_by_words():
    files = {
        "humaneval": "humaneval_codegen16b",
        "mbpp": "mbpp_sanitized",
        "bigcodebench": "bigcodebench_even",
    }
    paths = {name: DATA / f"{file}.jsonl.gz" for name, file in files.items()}
    if not all(path.exists() for path in paths.values()):
        pytest.skip("the benchmark files are not here")
    problems = [
        problem for name, path in paths.items() for problem in read_benchmark(name, path, pytest.fail)
    ]
    lexical, index = LexicalIndex([problem.document for problem in problems]), BenchmarkIndex(problems)
    found = []
    for problem_id, text in REWORDED.items():
        document = make_document(problem_id, text, [], [])
        assert not index.copies(document)  # no rule about copies sees a rewording
        nearest = nearest_by_words(lexical, document, 5, 0.25)
        found += [problem_id] if problem_id in [problems[position].id for position, _ in nearest] else []
    print(
        f"{len(found)} of {len(REWORDED)} among the 5 nearest of {len(problems)}; not: {sorted(REWORDED.keys() - set(found))}"
    )
    assert len(found) >= 14


@pytest.mark.real_data
def test_library_functions_and_recorded_questions_copy_no_problem():
    path, recorded = DATA / "humaneval_codegen16b.jsonl.gz", DATA / "llm" / "rewrite_qwen15b.jsonl.gz"
    if not path.exists() or not recorded.exists():
        pytest.skip("the recordings are not here")
    index = BenchmarkIndex(read_benchmark("humaneval", path, pytest.fail))
    with gzip.open(recorded, "rt", encoding="utf-8") as lines:
        replies = [json.loads(line) for line in lines]
    assert [m for r in replies for m in index.copies(make_document(r["id"], r["reply"], [], []))] == []


def test_nearest_by_vector_is_ordered_and_bounded():
    vectors = [unit([1, 0]), unit([1, 1]), unit([0, 1]), unit([0, 0])]
    assert [p for p, _ in nearest_by_vector(vectors, unit([1, 0.1]), 3, 0.0)] == [0, 1, 2]
    assert [p for p, _ in nearest_by_vector(vectors, unit([1, 0.1]), 3, 0.5)] == [0, 1]
    assert nearest_by_vector(vectors, unit([1, 0]), 1, 0.0) == [(0, 1.0)]


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("SAME: none", []),
        ("They differ.\nSAME: None.", []),
        ("**SAME:** 2", [1]),
        ("SAME: 1, 3", [0, 2]),
        ("same: 1 and 3", [0, 2]),
        ("Could be SAME: 1. No:\nSAME: none", []),
        ("SAME: 7", []),
        ("I cannot tell.", None),
        ("", None),
    ],
)
def test_the_judges_last_answer_counts(reply, answer):
    assert read_answer(reply, 3) == answer


def test_the_judge_sees_the_exercise_and_numbered_candidates():
    values = judge_values(make_document("d", "Order words.", [], []), PROBLEMS[:2])
    assert values == {
        "exercise": "Order words.",
        "candidates": "1. Sort words by their length.\n\n2. Add two numbers.",
    }


def test_candidates_are_removed_only_on_the_judges_word():
    document = make_document("d", "Order words by length.", [], [])
    nearest = [(0, 0.9), (2, 0.4)]
    for same, kinds in (
        ([0], [MatchKind.REPHRASED, MatchKind.SIMILAR]),
        ([], [MatchKind.SIMILAR, MatchKind.SIMILAR]),
        (None, [MatchKind.SIMILAR, MatchKind.SIMILAR]),
    ):
        matches = rephrased(INDEX, document, nearest, same, "words")
        assert [match.kind for match in matches] == kinds
        assert [match.removes for match in matches] == [kind is MatchKind.REPHRASED for kind in kinds]
        assert [match_of_json(json.loads(json.dumps(match_as_json(match)))) for match in matches] == matches


def test_the_report_counts_documents_and_shows_each_pair():
    document = make_document("d", "Order words by length.", [], [])
    other = make_document("e", "Sum up.", [], [])
    matches = [
        *rephrased(INDEX, document, [(0, 0.9), (2, 0.4)], [0], "words"),
        *rephrased(INDEX, other, [(1, 0.6)], None, "words"),
    ]
    report = decontamination_report(10, matches, PROBLEMS)
    assert (report["compared"], report["removed"]) == (10, 1)
    assert report["benchmarks"]["b"] == {
        "problems": 3,
        "problems_resembled": 1,
        "documents_removed": 1,
        "documents_by_rule": {"rephrased": 1, "similar": 2},
    }
    assert [pair["problem"] for pair in report["removed_documents"]["d"]] == ["0"]
    assert [pair["document"] for pair in report["similar_and_kept"]] == ["e"]
    table = report_table(report)
    assert "1 of 10 documents removed." in table
    assert "| d | b 0 | rephrased | 0.90 | similarity 0.90 by words, the judge calls it the same |" in table


def test_the_report_shows_the_nearest_of_many_that_were_kept_and_counts_all():
    matches = [
        Match(f"d{n}", MatchKind.SIMILAR, "b", "0", (n % 7) / 10, "…") for n in range(MOST_SIMILAR + 500)
    ]
    report = decontamination_report(len(matches), iter(matches), PROBLEMS)
    shown = report["similar_and_kept"]
    assert report["similar_and_kept_matches"] == MOST_SIMILAR + 500
    assert len(shown) == MOST_SIMILAR
    # of equal ones the earlier first
    expected = sorted(matches, key=lambda match: -match.score)[:MOST_SIMILAR]
    assert [one["document"] for one in shown] == [match.document for match in expected]
