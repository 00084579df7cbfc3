"""Reads benchmark files into documents: HumanEval, MBPP, BigCodeBench and EvalPlus rows, and any JSONL with a text.

A row that cannot be used is reported and left out, as everywhere.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.completions.parsing import parse_quietly
from clients.datasets.rows import UNUSABLE, BadRow, BadRowHandler, as_object, reason_of, rows_of_file
from services.synth.checks.comparisons import UNREADABLE
from services.synth.decontamination.documents import Document, make_document, statement_of

_IDS = ("task_id", "id", "question_id")
_TEXTS = ("text", "question", "instruct_prompt", "instruction", "problem", "question_content", "description")
_PROMPTS = ("complete_prompt", "prompt")
_SOLUTIONS = ("code", "solution")
_BODIES = ("canonical_solution", "clean_canonical_solution")


@dataclass(frozen=True, slots=True)
class BenchmarkProblem:
    """One problem of a benchmark."""

    benchmark: str
    """The name that the user gave to the file."""
    entry_point: str
    document: Document

    @property
    def id(self) -> str:
        """The problem's id in its file."""
        return self.document.id


def read_benchmarks(files: Mapping[str, str], on_bad_row: BadRowHandler) -> list[BenchmarkProblem]:
    """Return the problems of all benchmarks: name → path of its file.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file holds no problem that can be used.
    """
    return [
        problem for name, path in files.items() for problem in read_benchmark(name, Path(path), on_bad_row)
    ]


def read_benchmark(name: str, path: Path, on_bad_row: BadRowHandler) -> list[BenchmarkProblem]:
    """Return the problems of one file; otherwise as ``read_benchmarks``."""
    problems: list[BenchmarkProblem] = []
    first_fault = ""
    for line, row in rows_of_file(path):
        try:
            problems.append(problem_of_row(name, as_object(row), line))
        except UNUSABLE as error:
            first_fault = first_fault or f"; the first reason: line {line}: {reason_of(error)}"
            on_bad_row(BadRow(str(path), line, reason_of(error)))
    if not problems:
        raise ValueError(f"{path}: holds no problem of a benchmark that can be used{first_fault}")
    return problems


def problem_of_row(benchmark: str, row: Mapping[str, Any], line: int) -> BenchmarkProblem:
    """Return the problem of one row.

    Raises:
        ValueError: the row has no text; the message names the columns that may have it.
    """
    prompt = _first(row, _PROMPTS)
    tree = _tree(prompt)
    entry_point = _first(row, ("entry_point",)) or (_defined_last(tree) if tree else "")
    text = _statement(tree, entry_point) if tree else ""
    text = text or _first(row, _TEXTS) or prompt
    if not text.strip():
        raise ValueError(f"it has no text; give one of the columns {', '.join((*_TEXTS, *_PROMPTS))}")
    solution = _first(row, _SOLUTIONS) or _joined(prompt, _first(row, _BODIES))
    entry_point = entry_point or _defined_last(_tree(solution))
    asserts = [*_asserts(_first(row, ("test",))), *_list(row, "test_list"), *_list(row, "test_cases")]
    asserts += _list(row, "asserts")
    names = [entry_point, "candidate"] if entry_point else []
    document = make_document(
        _first(row, _IDS) or f"line {line}", text, [solution], [(name, asserts) for name in names]
    )
    return BenchmarkProblem(benchmark, entry_point, document)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return ""


def _list(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _tree(text: str) -> ast.Module | None:
    try:
        return parse_quietly(text)
    except UNREADABLE:
        return None


def _statement(tree: ast.Module, entry_point: str) -> str:
    """Return the statement in the docstring of the entry point."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            return statement_of(ast.get_docstring(node) or "")
    return ""


def _defined_last(tree: ast.Module | None) -> str:
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] if tree else []
    return names[-1] if names else ""


def _joined(prompt: str, body: str) -> str:
    """Return prompt and solution as one program; if they do not fit together, the solution in a function of its own."""
    if not body:
        return prompt
    for program in (prompt + body, f"def _():\n{body}", body):
        if _tree(program):
            return program
    return ""


def _asserts(test: str) -> Iterator[str]:
    """Yield the asserts of a test program, wherever they are in it."""
    tree = _tree(test)
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield ast.unparse(node)
