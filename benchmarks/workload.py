"""Reads the programs that the benchmarks judge: HumanEval problems with real completions, or the bundled sample.

Data files are read in place and not copied.
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

_END_OF_FUNCTION = re.compile(r"\n(?:class|def|#|if|print)")
"""Where a completion continues after its function, as CodeT finds it."""

_LAST_DOCSTRING = re.compile(r"\n[ \t]*(\'{3}|\"{3})(?:(?!\1).)*\1\s*$", re.DOTALL)
"""The docstring at the end of a prompt."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program and the suite that judges it."""

    suite: Suite
    source: str
    canonical: bool
    """Whether it is the solution of the data set, or known to pass every test."""

    def job(self) -> floor.BaselineJob:
        """Return the program as the baselines take it: program, setup, tests."""
        if self.suite.asserts is not None:
            return self.source, self.suite.setup, self.suite.asserts
        call = f"check({self.suite.entry_point})"
        return self.source, self.suite.setup + "\n" + (self.suite.check or ""), [call]

    def candidate(self) -> Candidate:
        """Return the program as the service takes it."""
        return Candidate(suite=self.suite.id, program=self.source)


def check_data(path: Path) -> None:
    """Check that the data file exists.

    Raises:
        SystemExit: it does not.
    """
    if not path.exists():
        raise SystemExit(f"{path} does not exist; name the data file with --data")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON lines file, which may be compressed (.gz)."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            yield json.loads(line)


def canonical(path: Path) -> list[Program]:
    """Return the data set's solution of every problem, with its tests split into one assertion each."""
    return [_canonical(row) for row in rows(path)]


def completions(path: Path, per_problem: int | None = None) -> list[Program]:
    """Return real completions, the first ``per_problem`` or all, cut at the end of the function; with duplicates."""
    return [program for row in rows(path) for program in islice(completions_of(row), per_problem)]


def mixed(path: Path | None, per_problem: int) -> tuple[str, list[Program]]:
    """Return the name of the data, and per problem its solution and other distinct programs, ``per_problem`` in all.

    Without a file these are the harmless programs with asserts of the bundled sample.
    """
    if path is None:
        return "the bundled sample", _bundled()
    programs = []
    for row in rows(path):
        distinct = {program.source: program for program in [_canonical(row), *completions_of(row)]}
        programs += list(distinct.values())[:per_problem]
    return path.name, programs


def with_duplicates(path: Path | None, programs: list[Program]) -> list[Program]:
    """Return ``programs`` with all samples of the same text in the file, as a user sends them."""
    if path is None:
        return programs
    kept = {(program.suite.id, program.source) for program in programs}
    sent = [program for row in rows(path) for program in [_canonical(row), *completions_of(row)]]
    return [program for program in sent if (program.suite.id, program.source) in kept]


def default_path(path: Path | None) -> Path | None:
    """Return ``path`` if it is given, else the HumanEval file if that exists, else ``None``."""
    return path or (HUMANEVAL if HUMANEVAL.exists() else None)


def without_slow(programs: list[Program], parents: int, cpu_s: int = 1) -> tuple[list[Program], int]:
    """Return the programs without those that use more than ``cpu_s`` or sleep, and the number of those.

    The rate of such programs would depend on the limits and not on the speed.
    """
    verdicts, _ = floor.run([program.job() for program in programs], parents, cpu_s)
    kept = [program for program, verdict in zip(programs, verdicts, strict=True) if verdict]
    return kept, len(programs) - len(kept)


def suites(programs: list[Program]) -> list[Suite]:
    """Return the distinct suites of ``programs``."""
    return list({program.suite.id: program.suite for program in programs}.values())


def _canonical(row: dict[str, Any]) -> Program:
    suite = humaneval_suite(row["task_id"], row["test"], row["entry_point"].strip())
    return Program(suite, _joined(row["prompt"], row["canonical_solution"]), canonical=True)


def _joined(prompt: str, solution: str) -> str:
    """Prompt and solution; without the prompt's docstring if its indentation differs from the solution's."""
    try:
        compile(prompt + solution, "<solution>", "exec", dont_inherit=True)
    except SyntaxError:
        return _LAST_DOCSTRING.sub("\n", prompt) + solution
    return prompt + solution


def completions_of(row: dict[str, Any]) -> Iterator[Program]:
    """Yield the real completions of one row of the data file, cut at the end of the function."""
    suite = humaneval_suite(row["task_id"], row["test"], row["entry_point"].strip())
    for completion in row["completions"]:
        body = _END_OF_FUNCTION.split(completion, maxsplit=1)[0]
        yield Program(suite, row["prompt"] + body + "\n", canonical=False)


def _bundled() -> list[Program]:
    harmless = ("right", "wrong", "slow", "crash", "syntax")
    return [
        Program(problem.suite, entry.candidate.program, canonical=entry.passes == problem.suite.size)
        for problem in sample.load()
        for entry in problem.programs
        if entry.kind in harmless
        and entry.candidate.program is not None
        and problem.suite.asserts is not None
    ]
