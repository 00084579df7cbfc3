"""What the benchmarks judge: HumanEval problems with real completions, or the bundled sample.

Finds and cuts; judges nothing. The data file is read where it lies and never copied.
"""

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import floor
from clients.contract import Candidate, Suite
from clients.testspecs import humaneval_suite
from examples import sample

DATA = Path(os.environ.get("ACECODER_DATA", "../shared/data"))
HUMANEVAL = DATA / "humaneval_codegen16b.jsonl.gz"
MBPP = DATA / "mbpp_sanitized.jsonl.gz"

_NEXT_THING = re.compile(r"\n(?:class|def|#|if|print)")
"""Where a completion runs on past its function, as CodeT cuts it."""

_LAST_DOCSTRING = re.compile(r"\n[ \t]*(\'{3}|\"{3})(?:(?!\1).)*\1\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Program:
    """One program and the suite that judges it."""

    suite: Suite
    source: str
    canonical: bool

    def job(self) -> floor.Job:
        """What the baselines run: program, setup, tests."""
        if self.suite.asserts is not None:
            return self.source, self.suite.setup, self.suite.asserts
        call = f"check({self.suite.entry_point})"
        return self.source, self.suite.setup + "\n" + (self.suite.check or ""), [call]

    def candidate(self) -> Candidate:
        """What the service judges."""
        return Candidate(suite=self.suite.id, program=self.source)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a file's objects."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            yield json.loads(line)


def canonical(path: Path) -> list[Program]:
    """Every problem's own solution, with its tests split into one assertion each."""
    return [_canonical(row) for row in rows(path)]


def completions(path: Path, per_problem: int | None = None) -> list[Program]:
    """Real completions, the first ``per_problem`` or all, cut where they run on; duplicates kept."""
    return [program for row in rows(path) for program in islice(_completions(row), per_problem)]


def mixed(path: Path | None, per_problem: int) -> tuple[str, list[Program]]:
    """A name, and per problem its solution and distinct other programs, ``per_problem`` in all.

    Without a file: the bundled sample's harmless programs with asserts.
    """
    if path is None:
        return "the bundled sample", _bundled()
    programs = []
    for row in rows(path):
        distinct = {program.source: program for program in [_canonical(row), *_completions(row)]}
        programs += list(distinct.values())[:per_problem]
    return path.name, programs


def default_path(path: Path | None) -> Path | None:
    """``path`` if given, else the HumanEval file where it is there."""
    return path or (HUMANEVAL if HUMANEVAL.exists() else None)


def without_slow(programs: list[Program], parents: int, cpu_s: int = 1) -> tuple[list[Program], int]:
    """Drop programs that use more than ``cpu_s``, or sleep: a limit would decide them, not speed."""
    verdicts, _ = floor.run([program.job() for program in programs], parents, cpu_s)
    kept = [program for program, verdict in zip(programs, verdicts, strict=True) if verdict]
    return kept, len(programs) - len(kept)


def suites(programs: list[Program]) -> list[Suite]:
    """The suites of ``programs``, each once."""
    return list({program.suite.id: program.suite for program in programs}.values())


def _canonical(row: dict[str, Any]) -> Program:
    suite = humaneval_suite(row["task_id"], row["test"], row["entry_point"].strip())
    return Program(suite, _joined(row["prompt"], row["canonical_solution"]), canonical=True)


def _joined(prompt: str, solution: str) -> str:
    """Prompt and solution; without the docstring where it is indented otherwise than the solution."""
    try:
        compile(prompt + solution, "<solution>", "exec", dont_inherit=True)
    except SyntaxError:
        return _LAST_DOCSTRING.sub("\n", prompt) + solution
    return prompt + solution


def _completions(row: dict[str, Any]) -> Iterator[Program]:
    suite = humaneval_suite(row["task_id"], row["test"], row["entry_point"].strip())
    for completion in row["completions"]:
        yield Program(
            suite, row["prompt"] + _NEXT_THING.split(completion, maxsplit=1)[0] + "\n", canonical=False
        )


def _bundled() -> list[Program]:
    harmless = ("right", "wrong", "slow", "crash", "syntax")
    return [
        Program(problem.suite, each.candidate.program, canonical=each.passes == problem.suite.size)
        for problem in sample.load()
        for each in problem.programs
        if each.kind in harmless and each.candidate.program is not None and problem.suite.asserts is not None
    ]
