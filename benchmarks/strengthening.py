"""Measures what strengthening adds to small suites: mutants and real wrong programs that are caught, right ones lost.

    python -m benchmarks.strengthening [--help]

**MBPP**: each problem's given tests, of which nearly all problems have three. The only accepted program is MBPP's own
solution. Mutants are taken in two sets: the stage sees one and chooses tests by it; the other is held out.

**HumanEval**: the first three of its tests are given. Solvers are 8 programs of CodeGen-16B and 4 of
Qwen2.5-Coder-0.5B; those that pass the three tests are accepted and label new inputs. All further programs of both
models that pass the three tests are evaluated. One is *wrong* if it fails any of HumanEval's other tests, else *right*.
The stage sees neither these tests nor these programs.

A mutant counts if any test of the problem, given or new, tells it from the solution. A run that was stopped goes on
with the problems that are left; ``--again`` reports those that are done.
"""

import argparse
import asyncio
import json
import random
import sys
import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio

from benchmarks import report, workload
from benchmarks.filter_matrix import FilterProblem, read_problems
from benchmarks.strengthening_report import Caught, Evaluated, evaluated, report_humaneval, report_mbpp
from clients import AsyncExecutor, Candidate, Outcome, Suite
from clients.contract import (
    Limits,
    ProgramRole,
    Question,
    Seed,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
)
from services.synth.mutation.mutants import mutants_of
from services.synth.mutation.observations import observe
from services.synth.mutation.shapes import InputShape
from services.synth.mutation.strength import row_mutants
from services.synth.pipeline.stage import Backends, row_random
from services.synth.stages.strengthen import StrengthenOptions, make_strengthen_stage

FOLDER = report.OUT / "strengthening"
"""One file a data set, a line a problem, so that a run that was stopped goes on where it was."""
GIVEN = 3
"""Tests of HumanEval that are given: as many as MBPP has."""
SEEN, HELD_OUT = 20, 20
"""Mutants of an MBPP problem that the stage sees, and further ones. Short programs have fewer."""
SOLVERS = {"codegen": 8, "qwen": 4}
AT_ONCE = 4
"""Problems at once: two workers never wait for the next."""
LIMITS = Limits(cpu_s=0.3, total_cpu_s=1.5)
"""Most programs need a millisecond; endless ones are many."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--humaneval", type=Path, default=workload.HUMANEVAL)
    parser.add_argument("--mbpp", type=Path, default=workload.MBPP)
    parser.add_argument("--workers", type=int, help="default: one per core")
    parser.add_argument("--problems", type=int, help="use only the first problems of each (default: all)")
    parser.add_argument("--again", action="store_true", help="judge nothing; report what was measured so far")
    parser.add_argument("--only", choices=("mbpp", "humaneval"), help="measure only one of the two")
    options = parser.parse_args()
    for path in (options.humaneval, options.mbpp):
        workload.check_data(path)
    warnings.simplefilter("ignore", SyntaxWarning)  # programs of models cause many
    facts = report.announce("Strengthening")
    if not options.again:
        asyncio.run(_measure(options))
    report.save("strengthening", {"machine": facts, **_report()})
    return 0


async def _measure(options: argparse.Namespace) -> None:
    from services.executor.local.stack import LocalStack

    workers = options.workers or report.cores()
    with LocalStack(workers=workers, settings={"EXECUTOR_ENVIRONMENTS": '{"base": {}}'}) as stack:
        async with AsyncExecutor(stack.url) as executor:
            if options.only != "mbpp":
                own = {program.suite.id: program for program in workload.canonical(options.humaneval)}
                problems = [(problem.task, problem) for problem, _ in read_problems(options.humaneval)]
                await _each(
                    "humaneval",
                    _shuffled(problems)[: options.problems],
                    lambda problem: _strengthen_humaneval(problem, own[problem.task], executor),
                )
            if options.only != "humaneval":
                programs = [(program.suite.id, program) for program in workload.canonical(options.mbpp)]
                await _each(
                    "mbpp",
                    _shuffled(programs)[: options.problems],
                    lambda program: _strengthen_mbpp(program, executor),
                )


def _shuffled(items: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the items in an order that is the same each time, so that a part of them is a fair sample."""
    return random.Random(0).sample(items, len(items))


def _report() -> dict[str, Any]:
    """Print and return the results of all problems that were measured so far."""
    mbpp = [Caught(**result) for result in _read("mbpp").values() if result]
    humaneval = [result for result in _read("humaneval").values() if result]
    numbers: dict[str, Any] = {"mbpp": report_mbpp(mbpp)} if mbpp else {}
    for name in humaneval[0] if humaneval else ():
        numbers[f"humaneval, {name}"] = report_humaneval(name, [Evaluated(**one[name]) for one in humaneval])
    return numbers


def _read(name: str) -> dict[str, Any]:
    """Return what earlier runs measured: id of the problem → its result, ``None`` if the problem is not usable."""
    path = FOLDER / f"{name}.jsonl"
    return {row["id"]: row["result"] for row in workload.rows(path)} if path.exists() else {}


async def _each(
    name: str, items: Sequence[tuple[str, Any]], measure: Callable[[Any], Awaitable[Any]]
) -> list[Any]:
    """Measure what was not measured yet; return the results of all, in order."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = _read(name)
    pending = iter([(key, item) for key, item in items if key not in results])
    with (FOLDER / f"{name}.jsonl").open("a", encoding="utf-8") as sink:

        async def work() -> None:
            for key, item in pending:
                results[key] = await measure(item)
                sink.write(json.dumps({"id": key, "result": results[key]}) + "\n")
                sink.flush()
                print(f"  {len(results)} of {len(items)} problems", end="\r", file=sys.stderr, flush=True)

        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(work)
    return [results[key] for key, _ in items]


def _row(
    suite: Suite, tests: Sequence[str], solvers: Sequence[tuple[str, Sequence[Outcome | None]]]
) -> SynthRow:
    question = Question(text=suite.id, entry_point=suite.entry_point or "", setup=suite.setup)
    programs = [
        SynthProgram(
            role=ProgramRole.SOLVER, model="", completion=program, program=program, outcomes=list(outcomes)
        )
        for program, outcomes in solvers
    ]
    made = [SynthTest(source=test, origin=TestOrigin.GIVEN) for test in tests]
    return SynthRow(seed=Seed(id=suite.id), question=question, tests=made, programs=programs)


async def _outcomes(
    executor: AsyncExecutor, suite: Suite, tests: Sequence[str], programs: Sequence[str]
) -> list[list[Outcome]]:
    if not tests or not programs:
        return [[] for _ in programs]
    own = Suite(id="tests", asserts=list(tests), setup=suite.setup, entry_point=suite.entry_point)
    candidates = [Candidate(suite="tests", program=program) for program in programs]
    response = await executor.execute(candidates, own, limits=LIMITS, deadline_s=900)
    return [[test.outcome for test in result.tests] for result in response.results]


async def _strengthen_mbpp(program: workload.Program, executor: AsyncExecutor) -> dict[str, Any] | None:
    suite, tests = program.suite, program.suite.asserts or []
    (outcomes,) = await _outcomes(executor, suite, tests, [program.source])
    if not all(outcome is Outcome.PASSED for outcome in outcomes):
        return None
    row = _row(suite, tests, [(program.source, outcomes)])
    stage = make_strengthen_stage(StrengthenOptions(min_accepted=1, mutants=SEEN, limits=LIMITS))
    row = await stage(row, Backends({}, executor))
    if row.mutation is None:
        return None
    seen_by_stage = row_mutants([program.source], SEEN, row_random(row, "strengthen.mutants"))
    mutants = [
        mutant.program for mutant in mutants_of(program.source, 10 * HELD_OUT, random.Random(suite.id))
    ]
    mutants = [mutant for mutant in mutants if mutant not in seen_by_stage][:HELD_OUT]
    everything = [
        test.source for test in row.tests if test.dropped is None or test.detail.startswith("it catches no")
    ]
    judged = await _outcomes(executor, suite, everything, mutants)
    kept = [everything.index(row.tests[at].source) for at in row.kept]
    fails = [[outcome is not Outcome.PASSED for outcome in outcomes] for outcomes in judged]
    held_out = (
        sum(any(row) for row in fails),
        sum(any(row[: len(tests)]) for row in fails),
        sum(any(row[at] for at in kept) for row in fails),
    )
    before = row.notes["strengthen.caught_before"]
    assert isinstance(before, int)
    seen = (row.mutation.mutants, before, row.mutation.caught)
    return asdict(Caught(len(row.kept) - len(tests), seen, held_out))


async def _strengthen_humaneval(
    problem: FilterProblem, own: workload.Program, executor: AsyncExecutor
) -> dict[str, Any] | None:
    """Return ``Evaluated`` for new tests of inputs within the shape of the given ones, and beyond it; all, and kept."""
    tests = own.suite.asserts or []
    if len(tests) <= GIVEN:
        return None  # nothing is left to say which programs are wrong
    judged = await _outcomes(executor, own.suite, tests, problem.programs)
    passes = [bool(row) and all(one is Outcome.PASSED for one in row[:GIVEN]) for row in judged]
    right = [passes[at] and all(one is Outcome.PASSED for one in row) for at, row in enumerate(judged)]
    solvers = list(
        dict.fromkeys(at for writer, count in SOLVERS.items() for at in problem.samples[writer][:count])
    )
    row = _row(own.suite, tests[:GIVEN], [(problem.programs[at], judged[at][:GIVEN]) for at in solvers])
    shape = _shape(tests[:GIVEN], problem.entry_point)
    options = StrengthenOptions(limits=LIMITS, inputs=60, mutants=20, within_shape=False, agreement=2 / 3)
    row = await make_strengthen_stage(options)(row, Backends({}, executor))
    made = [
        test
        for test in row.tests
        if test.origin is TestOrigin.MUTATED and test.dropped in (None, TestDrop.REDUNDANT)
    ]
    others = [at for at in range(1, len(problem.programs)) if passes[at] and at not in solvers]
    rejudged = await _outcomes(
        executor, own.suite, [test.source for test in made], [problem.programs[at] for at in [0, *others]]
    )
    fails = {
        at: {made[n].source for n, one in enumerate(row) if one is not Outcome.PASSED}
        for at, row in zip([0, *others], rejudged, strict=True)
    }
    accepted = sum(passes[at] for at in solvers)
    everything = {test.source for test in made}
    within = {source for source in everything if _is_within(shape, source, problem.entry_point)}
    labelled_by = min(accepted, options.accepted)
    certain = (labelled_by + 0.5) / (labelled_by + 1.5)  # the probability of a test on which all agree
    unanimous = {test.source for test in made if test.probability == certain}
    sets = {
        "all agree, within the shape": unanimous & within,
        "all agree, beyond it": unanimous,
        "two thirds agree, within the shape": within,
        "two thirds agree, beyond it": everything,
    }
    return {name: asdict(evaluated(accepted, new, fails, right)) for name, new in sets.items()}


def _shape(tests: Sequence[str], entry_point: str) -> InputShape | None:
    observed = [found for test in tests if (found := observe(test, entry_point))]
    return InputShape([one.values for one in observed]) if observed else None


def _is_within(shape: InputShape | None, test: str, entry_point: str) -> bool:
    found = observe(test, entry_point)
    return shape is not None and found is not None and shape.admits(found.values)


if __name__ == "__main__":
    sys.exit(main())
