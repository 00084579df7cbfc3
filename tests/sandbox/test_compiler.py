"""A program that is hard to compile is judged by its own limits, and does not affect the others of its suite."""

import pytest

from clients.contract import Outcome, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, Limits, holds

PATHOLOGICAL = "".join(f"{' ' * n}try: pass\n{' ' * n}finally:\n" for n in range(19)) + " " * 19 + "x = 1\n"
"""The innermost block is compiled half a million times."""


def test_neighbours_of_a_program_that_does_not_compile_in_time_pass(jail):
    suite = Suite(id="s", asserts=HONEST_TESTS)
    programs = [HONEST, PATHOLOGICAL, HONEST, PATHOLOGICAL, HONEST]
    judged = sorted(
        jail.judge(suite, programs, Rules(Limits(**SMALL))), key=lambda judgement: judgement.index
    )
    outcomes = [{test.outcome for test in judgement.tests} for judgement in judged]
    assert [judgement.fault for judgement in judged] == [""] * len(programs)
    assert outcomes[::2] == [{Outcome.PASSED}] * 3
    for bad in outcomes[1::2]:
        assert bad <= {Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT}


@pytest.mark.parametrize("head", ["# -*- coding: cp1251 -*-\n", "# coding: ascii\n", "\ufeff"])
@pytest.mark.parametrize("padding", ["", "#" * 2**16 + "\n"], ids=["small", "too large for the compiler"])
def test_a_program_is_text_whatever_encoding_its_comment_names(jail, head, padding):
    program = f"{head}{padding}def f(): return 'Привет'\n"
    holds(jail, program, "assert f() == '\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442'")
    holds(jail, f"{program}print(f())\n", io=[("", "Привет\n")])
