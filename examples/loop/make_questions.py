"""Writes questions for ``real.yaml`` from problems in the shape of HumanEval (``test``) or of MBPP (``test_list``).

    python examples/loop/make_questions.py problems.jsonl.gz -o questions.jsonl --train 300 --held-out 96

HumanEval: rows with ``prompt``, ``canonical_solution``, ``entry_point`` and ``test``, whose function ``check`` is a list of
asserts. MBPP: rows with ``text`` or ``prompt``, ``code`` and ``test_list``. A problem that is neither is left out, and the
reason is printed. The first problems become training questions, the next ones held-out questions.
"""

import argparse
import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loop.questions import LoopQuestion, Split

TASK = "Write a Python function. Answer with the whole function in a ```python block and nothing else.\n\n"


class _Renamed(ast.NodeTransformer):
    """Replaces the parameter of ``check`` by the name of the function."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._name, node.ctx) if node.id == "candidate" else node


def asserts_of(test: str, entry_point: str) -> list[str]:
    """Return the asserts of a ``check`` function as tests of their own.

    Raises:
        ValueError: ``check`` has other statements: loops, assignments.
    """
    checks = [
        node for node in ast.parse(test).body if isinstance(node, ast.FunctionDef) and node.name == "check"
    ]
    if len(checks) != 1:
        raise ValueError("its test has no function 'check'")
    body = [node for node in checks[0].body if not isinstance(node, ast.Expr)]  # a docstring, a print
    if not all(isinstance(node, ast.Assert) for node in body):
        raise ValueError("its function 'check' is no list of asserts")
    tests = [ast.unparse(_Renamed(entry_point).visit(node)) for node in body]
    return [text for text in tests if f"{entry_point}(" in text]  # HumanEval has an "assert True"


def name_in(code: str) -> str:
    """Return the last function that a program defines."""
    names = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    if not names:
        raise ValueError("its program defines no function")
    return names[-1]


def question_of(row: dict[str, Any], split: Split) -> LoopQuestion:
    """Return the question of one problem.

    Raises:
        ValueError: it has another shape; the message says how.
    """
    if "test_list" in row:
        program, tests = row["code"], list(row["test_list"])
        entry_point = name_in(program)
        text = (
            f"{TASK}{row.get('text') or row['prompt']}\nIts name is `{entry_point}`. It must pass {tests[0]}"
        )
        tests = tests[1:]  # the policy must not be measured by the test that it was shown
    elif "canonical_solution" in row and "test" in row:
        entry_point, program = row["entry_point"], row["prompt"] + row["canonical_solution"]
        tests = asserts_of(row["test"], entry_point)
        text = f"{TASK}Complete it:\n```python\n{row['prompt'].rstrip()}\n```"
    else:
        raise ValueError(
            f"it has neither 'test_list' nor 'canonical_solution' and 'test', but {', '.join(row)}"
        )
    if not tests:
        raise ValueError("it has no assert that calls its function")
    name = str(row.get("task_id", entry_point))
    return LoopQuestion(
        id=name, split=split, text=text, entry_point=entry_point, program=program, tests=tests
    )


def questions_of(path: Path, train: int, held_out: int) -> Iterator[LoopQuestion]:
    """Yield the first questions of a file; print why a problem is left out."""
    splits = iter([Split.TRAIN] * train + [Split.HELD_OUT] * held_out)
    split = next(splits, None)
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        for number, line in enumerate(lines, 1):
            if split is None:
                return
            try:
                yield question_of(json.loads(line), split)
            except (ValueError, KeyError, SyntaxError) as error:
                print(f"line {number} is left out: {error}")
            else:
                split = next(splits, None)


def main() -> None:
    """Write the questions that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write questions for acecoder loop from HumanEval or MBPP.")
    parser.add_argument("problems", type=Path, help="JSONL, also compressed")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=300)
    parser.add_argument("--held-out", type=int, default=96)
    options = parser.parse_args()
    questions = list(questions_of(options.problems, options.train, options.held_out))
    options.out.write_text("".join(one.model_dump_json() + "\n" for one in questions), encoding="utf-8")
    train = sum(question.split is Split.TRAIN for question in questions)
    print(f"wrote {train} training and {len(questions) - train} held-out questions to {options.out}")


if __name__ == "__main__":
    main()
