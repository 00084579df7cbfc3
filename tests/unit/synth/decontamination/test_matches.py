"""Copies of benchmark problems are found, verbatim and renamed; what only shares a name or a phrase is not."""

import ast
import gzip
import json
from functools import lru_cache
from pathlib import Path

import pytest

from clients.contract import Question, Seed, SynthRow, SynthTest
from services.synth.decontamination.benchmarks import problem_of_row, read_benchmark, read_benchmarks
from services.synth.decontamination.documents import document_of_row, document_of_seed, make_document
from services.synth.decontamination.matches import BenchmarkIndex, MatchKind

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"
FILES = {
    "humaneval": "humaneval_codegen16b.jsonl.gz",
    "mbpp": "mbpp_sanitized.jsonl.gz",
    "bigcodebench": "bigcodebench_even.jsonl.gz",
}
SOLUTION = """\
    ordered = sorted(numbers)
    best = None
    for left, right in zip(ordered, ordered[1:]):
        if best is None or right - left < best[1] - best[0]:
            best = (left, right)
    return best
"""
ROW = {
    "task_id": "B/1",
    "entry_point": "closest_pair_of_numbers",
    "prompt": 'def closest_pair_of_numbers(numbers, precision):\n    """Return the two numbers of a list that lie nearest to '
    'each other, the smaller one first.\n    >>> closest_pair_of_numbers([1, 5, 4], 0)\n    """\n',
    "canonical_solution": SOLUTION,
    "test": "def check(candidate):\n    assert candidate([1, 5, 4], 0) == (4, 5)\n    assert candidate([10, 20, 25], 0) == (20, 25)\n"
    "    assert candidate([-3, -1, 7, 40], 1) == (-3, -1)\n",
}
INDEX = BenchmarkIndex([problem_of_row("b", ROW, 1)])


def kinds(document):
    return {match.kind for match in INDEX.copies(document)}


def row_of(text, signature="def pick(values)", entry_point="pick", tests=()):
    question = Question(text=text, entry_point=entry_point, signature=signature)
    return SynthRow(
        seed=Seed(id="r"), question=question, tests=[SynthTest(source=source) for source in tests]
    )


def test_a_row_of_a_benchmark_is_taken_apart():
    problem = problem_of_row("b", ROW, 1)
    assert problem.id == "B/1"
    assert problem.document.text.strip().endswith("the smaller one first.")
    assert problem.document.functions == (("closestpairofnumbers", ("numbers", "precision")),)
    assert problem.document.tests == {
        "([1, 5, 4], 0) == (4, 5)",
        "([10, 20, 25], 0) == (20, 25)",
        "([-3, -1, 7, 40], 1) == (-3, -1)",
    }


def test_a_statement_is_found_inside_another_text_and_with_a_word_changed():
    copied = "You are a teacher. Return the two numbers of a list that lie nearest to each other, the smaller one first. Explain."
    assert kinds(document_of_row(row_of(copied))) == {MatchKind.TEXT}
    changed = "Write a function that returns the two numbers of a list that lie nearest to each other, the lesser one first."
    assert kinds(document_of_row(row_of(changed))) == {MatchKind.TEXT}
    assert (
        kinds(document_of_row(row_of("Return the two numbers of a list that lie farthest apart."))) == set()
    )


def test_a_solution_is_found_under_other_names():
    renamed = ROW["prompt"].partition("\n")[0] + "\n" + SOLUTION
    for old, new in (
        ("ordered", "s"),
        ("best", "found_so_far"),
        ("left", "a"),
        ("right", "b"),
        ("numbers", "xs"),
    ):
        renamed = renamed.replace(old, new)
    renamed = renamed.replace("closest_pair_of_xs", "nearest").replace("precision", "p")
    assert kinds(document_of_seed(Seed(id="s", program=renamed))) == {MatchKind.CODE}
    other = renamed.replace("sorted", "reversed").replace("<", ">=").replace("zip", "product")
    assert kinds(document_of_seed(Seed(id="s", program=other))) == set()


def test_a_name_counts_with_its_parameters_or_a_test():
    name, parameters = "closest_pair_of_numbers", "(numbers, precision)"
    body = ":\n    return numbers"
    assert kinds(document_of_seed(Seed(id="s", program=f"def {name}{parameters}{body}"))) == {
        MatchKind.ENTRY_POINT
    }
    camel = "def closestPairOfNumbers(numbers, precision):\n    return 1"
    assert kinds(document_of_seed(Seed(id="s", program=camel))) == {MatchKind.ENTRY_POINT}
    assert kinds(document_of_seed(Seed(id="s", program=f"def {name}(numbers){body}"))) == set()
    row = row_of("?", f"def {name}(numbers)", name, [f"assert {name}([1, 5, 4], 0) == (4, 5)"])
    assert kinds(document_of_row(row)) == {MatchKind.ENTRY_POINT}
    other = row_of("?", f"def {name}(numbers)", name, [f"assert {name}([1, 5, 3], 0) == (3, 5)"])
    assert kinds(document_of_row(other)) == set()


def test_a_common_name_with_common_parameters_is_no_copy():
    prime = {
        "task_id": "1",
        "entry_point": "is_prime",
        "prompt": "def is_prime(n):\n    '''Is n a prime number at all?'''\n",
    }
    index = BenchmarkIndex([problem_of_row("b", prime, 1)])
    assert index.copies(document_of_seed(Seed(id="s", program="def is_prime(n):\n    return n > 1"))) == []


def test_a_name_that_a_benchmark_uses_for_several_problems_names_none():
    rows = [
        {
            "task_id": str(n),
            "entry_point": "task_func",
            "prompt": f"def task_func(frame, column{n}):\n    '''{'x ' * n}'''\n",
        }
        for n in (8, 9)
    ]
    index = BenchmarkIndex([problem_of_row("b", row, 1) for row in rows])
    seed = Seed(id="s", program="def task_func(frame, column8):\n    return frame")
    assert index.copies(document_of_seed(seed)) == []


def test_three_tests_in_common_are_a_copy_under_any_name():
    tests = ["assert pick([1, 5, 4], 0) == (4, 5)", "assert (20, 25) == pick([10, 20, 25], 0)"]
    third = "assert pick([-3, -1, 7, 40], 1) == (-3, -1)"
    assert kinds(document_of_row(row_of("?", tests=tests))) == set()
    assert kinds(document_of_row(row_of("?", tests=[*tests, third]))) == {MatchKind.TESTS}


def test_rows_without_a_text_are_reported_and_a_file_without_a_problem_is_an_error(tmp_path):
    path, bad = tmp_path / "b.jsonl", []
    path.write_text(
        json.dumps({"text": "Sort the words of a text by length.", "entry_point": "f"})
        + '\n{"id": 7}\nx\n[]\n'
    )
    (problem,) = read_benchmark("b", path, bad.append)
    assert (problem.id, problem.entry_point) == ("line 1", "f")
    assert [row.line for row in bad] == [2, 3, 4]
    assert bad[0].reason.startswith("it has no text; give one of the columns text, question")
    path.write_text('{"id": 7}\n')
    with pytest.raises(
        ValueError, match="holds no problem of a benchmark that can be used; the first reason: line 1"
    ):
        read_benchmark("b", path, bad.append)


@lru_cache
def real(*names):
    if not all((DATA / FILES[name]).exists() for name in names):
        pytest.skip("the benchmark files are not here")
    return read_benchmarks({name: str(DATA / FILES[name]) for name in names}, pytest.fail)


def rows_of(name):
    with gzip.open(DATA / FILES[name], "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.real_data
def test_every_problem_of_the_real_files_finds_itself():
    problems = real(*FILES)
    index = BenchmarkIndex(problems)
    assert len(problems) == 82 + 214 + 570
    missed = [p.id for p in problems if p.id not in {match.problem for match in index.copies(p.document)}]
    # MBPP statements of fewer than six words ("find the minimum of two numbers") with a solution of one line
    assert len(missed) <= 5, missed
    assert all(problem_id.startswith("Mbpp") for problem_id in missed)


@pytest.mark.real_data
def test_no_problem_of_one_real_benchmark_is_a_copy_of_another_benchmarks():
    problems = real(*FILES)
    index = BenchmarkIndex(problems)
    foreign = [
        match
        for problem in problems
        for match in index.copies(problem.document)
        if match.benchmark != problem.benchmark
    ]
    assert foreign == []


class Renamed(ast.NodeTransformer):
    """Gives every parameter and variable of a program another name, and its functions too."""

    def __init__(self, names):
        self.names = {name: f"n{at}" for at, name in enumerate(sorted(names))}

    def visit_Name(self, node):
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node):
        return ast.arg(self.names[node.arg])

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.name = self.names[node.name]
        node.body = [part for part in node.body if not isinstance(part, ast.Expr)] or [ast.Pass()]
        return node


def renamed(program):
    tree = ast.parse(program)
    names = {part.arg for part in ast.walk(tree) if isinstance(part, ast.arg)}
    names |= {p.id for p in ast.walk(tree) if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)}
    names |= {p.name for p in ast.walk(tree) if isinstance(p, ast.FunctionDef)}
    return ast.unparse(ast.fix_missing_locations(Renamed(names).visit(tree)))


@pytest.mark.real_data
def test_humaneval_hidden_among_seeds_is_found_verbatim_and_renamed():
    problems = real("humaneval")
    index = BenchmarkIndex(problems)
    long_enough = found_verbatim = found_renamed = 0
    for row, problem in zip(rows_of("humaneval"), problems, strict=True):
        program = row["prompt"] + row["canonical_solution"]
        try:
            ast.parse(program)
        except SyntaxError:  # prompts whose indentation is another than their solution's
            continue
        verbatim = index.copies(document_of_seed(Seed(id="v", program=program)))
        assert problem.id in {match.problem for match in verbatim}, problem.id
        found_verbatim += 1
        if len(problem.document.code) >= 36:
            long_enough += 1
            copies = index.copies(document_of_seed(Seed(id="r", program=renamed(program))))
            found_renamed += problem.id in {match.problem for match in copies if match.kind is MatchKind.CODE}
    print(f"verbatim {found_verbatim}, renamed {found_renamed} of {long_enough} that are long enough")
    assert found_verbatim >= 80
    assert found_renamed == long_enough >= 50


def test_texts_that_are_no_python_are_compared_by_their_words():
    document = make_document("d", "Some text.", ["def broken(:"], [("f", ["assert f(", "x = 1"])])
    assert (document.code, document.functions, document.tests) == ((), (), frozenset())
