"""Compares the tests of a synthesis run with the programs of its seeds: how many imagined tests are wrong, and kept.

    python -m benchmarks.synth_truth runs/first [--url http://127.0.0.1:8000]

The seed of a question is a program that people wrote, so it is the truth for a question that asks for what the seed
does. It runs against all tests that a stage could judge, kept and dropped. A model may also ask for a variant of the
seed, and then the seed's program proves nothing. So only a question counts whose signature takes as many parameters as
the seed, and of whose tests the seed passes at least half (``--agreeing``). The other questions are counted as other
exercises. The limit is in favour of the tests: a question with mostly wrong tests looks like another exercise. The
numbers with ``--agreeing 0``, where every question counts, are in favour of the filter's critics. Give both.
"""

import argparse
import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from clients import Executor
from clients.contract import Outcome, Status, SynthRow, TestDrop
from services.synth.curation.statistics import IMAGINED
from services.synth.pipeline.store import RowState, RunStore
from services.synth.run import ROWS

UNJUDGED = frozenset(
    {
        TestDrop.SYNTAX,
        TestDrop.NOT_AN_ASSERT,
        TestDrop.WRONG_NAME,
        TestDrop.WRONG_ARITY,
        TestDrop.NOT_CONSTANT,
        TestDrop.VACUOUS,
        TestDrop.DUPLICATE,
        TestDrop.TOO_LARGE,
        TestDrop.INVALID,
    }
)
"""A test with such a reason was dropped by its text: whether its expected value is right was no question."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the seed's program passes the tests of one question."""

    row: SynthRow
    passed: dict[int, bool]
    """Position of a test → whether the seed's program passes it."""

    def share(self) -> float:
        """Return the share of the imagined tests that the seed's program passes."""
        imagined = [ok for at, ok in self.passed.items() if self.row.tests[at].origin in IMAGINED]
        return sum(imagined) / len(imagined) if imagined else 0.0


def seed_program(row: SynthRow) -> str | None:
    """Return the seed's program under the question's name; ``None`` if it takes other numbers of arguments.

    The function is the one with the question's name, otherwise the last one: what it needs stands before it.
    """
    if row.question is None:
        return None
    functions = [node for node in ast.parse(row.seed.program).body if isinstance(node, ast.FunctionDef)]
    stub = _stub(row.question.signature)
    if not functions or stub is None:
        return None
    named = [function for function in functions if function.name == row.question.entry_point]
    function, count = (named or functions)[-1], len(stub.args.posonlyargs + stub.args.args)
    most = len(function.args.posonlyargs + function.args.args)
    if not most - len(function.args.defaults) <= count <= most and function.args.vararg is None:
        return None
    alias = f"\n{row.question.entry_point} = {function.name}\n"
    return row.seed.program + (alias if row.question.entry_point != function.name else "")


def _stub(signature: str) -> ast.FunctionDef | None:
    try:
        (node,) = ast.parse(f"{signature.strip().rstrip(':')}: ...").body
    except (SyntaxError, ValueError):
        return None
    return node if isinstance(node, ast.FunctionDef) else None


def agreements(rows: Iterable[SynthRow], executor: Executor) -> Iterator[Agreement | None]:
    """Yield for each row with a question whether the seed passes its tests; ``None`` if it cannot be asked."""
    for row in rows:
        positions = [at for at, test in enumerate(row.tests) if test.dropped not in UNJUDGED]
        program = seed_program(row) if positions else None
        if program is None:
            yield None
            continue
        (result,) = executor.execute([program], row.suite(positions)).results
        if result.status is not Status.JUDGED:
            yield None
            continue
        outcomes = [test.outcome for test in result.tests]
        yield Agreement(
            row,
            {at: outcome is Outcome.PASSED for at, outcome in zip(positions, outcomes, strict=True)},
        )


def tally(results: Sequence[Agreement]) -> dict[str, tuple[int, int]]:
    """Return, per kind of test, how many there are and how many of them the seeds' programs pass."""
    tests: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one in results:
        is_done = any(program.role == "sample" for program in one.row.programs)
        for at, passed in one.passed.items():
            for kind in _kinds(one.row, at, is_done=is_done):
                tests[kind] += 1
                right[kind] += passed
    return {kind: (count, right[kind]) for kind, count in tests.items()}


def _kinds(row: SynthRow, at: int, *, is_done: bool) -> Iterator[str]:
    test = row.tests[at]
    if test.origin in IMAGINED:
        yield "imagined"
        yield f"imagined, {test.dropped or ('kept' if is_done else 'not dropped, question dropped')}"
    elif test.dropped is None and is_done:
        yield "added later, kept"


def main() -> None:
    """Run the comparison of one run's folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--url", default="", help="address of the executor; default: ACECODER_URL or the local one"
    )
    parser.add_argument(
        "--agreeing", type=float, default=0.5, help="share of the tests that the seed must pass"
    )
    options = parser.parse_args()
    with RunStore(options.folder / ROWS) as store, Executor(options.url or None) as executor:
        rows = [stored.row for state in (RowState.DONE, RowState.DROPPED) for stored in store.rows(state)]
        rows = [row for row in rows if row.question is not None]
        results = list(agreements(rows, executor))
    judged = [one for one in results if one is not None]
    counted = [one for one in judged if one.share() >= options.agreeing]
    print(f"{len(rows)} questions, {len(judged)} judged, {len(counted)} about what the seed does")
    for kind, (tests, right) in sorted(tally(counted).items()):
        print(f"{kind}: {tests} tests, {right} right, {tests - right} wrong ({1 - right / tests:.1%})")
    numbers = {"questions": len(rows), "judged": len(judged), "counted": len(counted)}
    report.save("synth_truth", {**numbers, "agreeing": options.agreeing, "tests": tally(counted)})


if __name__ == "__main__":
    main()
