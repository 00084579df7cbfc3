"""Honest programs and their wrong mutants get the same results in the jail as in plain Python."""

import pytest

from clients.contract import Limits, OnTimeout, Outcome, State
from services.executor.sandbox import Rules
from tests.sandbox.honest import HonestProgram, corpus
from tests.sandbox.oracle import Oracle

GENEROUS = Limits(cpu_s=5.0, wall_s=20.0, total_cpu_s=60.0, total_wall_s=60.0, memory_bytes=512 * 2**20)
DECIDED = {Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.SYNTAX_ERROR}
CORPUS = corpus()


@pytest.fixture(scope="module")
def oracle():
    """Plain Python."""
    plain = Oracle()
    yield plain
    plain.close()


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("honest", CORPUS, ids=lambda honest: honest.name)
def test_the_jail_finds_what_plain_python_finds(request, oracle, honest: HonestProgram, state: State) -> None:
    sandbox = request.getfixturevalue({"pandas": "frames", "numpy": "scientific", "": "jail"}[honest.library])
    programs = [honest.program, *(honest.mutants if state is State.SHARED else ())]
    judged = list(sandbox.judge(honest.suite, programs, Rules(GENEROUS, state, OnTimeout.CONTINUE)))
    assert sorted(judgement.index for judgement in judged) == list(range(len(programs)))
    for judgement in judged:  # in the order they were done
        number, program = judgement.index, programs[judgement.index]
        assert not judgement.fault, judgement.fault
        plain = oracle.judge(honest, program, fresh=state is State.FRESH)
        jailed = [(test.outcome is Outcome.PASSED, test.message) for test in judgement.tests]
        differing = [
            (t, f"jail: {message or 'passes'}", f"plain: {reason or 'passes'}")
            for t, ((passed, message), reason) in enumerate(zip(jailed, plain, strict=True))
            if passed == bool(reason)
        ]
        assert not differing, (
            "program" if number == 0 else f"mutation {honest.mutations[number - 1]}",
            differing,
        )
        assert {test.outcome for test in judgement.tests} <= DECIDED


@pytest.mark.parametrize("honest", CORPUS, ids=lambda honest: honest.name)
def test_plain_python_passes_the_program_and_fails_every_mutant(oracle, honest: HonestProgram) -> None:
    if honest.library:
        pytest.importorskip(honest.library, reason=f"{honest.library} is not installed here")
    assert not any(oracle.judge(honest, honest.program)), oracle.judge(honest, honest.program)
    assert honest.mutations, "a corpus that only passes would not notice a judge that passes everything"
    for mutation, mutant in zip(honest.mutations, honest.mutants, strict=True):
        assert mutant != honest.program, f"not in the program: {mutation}"
        assert any(oracle.judge(honest, mutant)), f"no test notices: {mutation}"


def test_the_corpus_is_large_and_its_names_tell_programs_apart() -> None:
    assert len(CORPUS) >= 150
    assert len({honest.name for honest in CORPUS}) == len(CORPUS)
    assert len({honest.program for honest in CORPUS}) == len(CORPUS)


def test_every_test_can_fail() -> None:
    """A test without an assertion would hold for any program."""
    for honest in CORPUS:
        for test in [*honest.tests, *([honest.check] if honest.check else [])]:
            assert "assert" in (honest.setup + test).lower() or "raises(" in test, (honest.name, test)
