"""Program, setup and test become one module; a program's text does not swallow what follows it."""

import pytest

from services.executor.sandbox.guest.candidate.same_process import merge
from services.executor.sandbox.guest.wire import codec
from services.executor.sandbox.guest.wire.pass_line import PASS_LINE_BYTES, make_pass_line


def run(program: str, setup: list[str], test: str) -> dict:
    """Run the merged module and return its names."""
    namespace: dict = {"__name__": "program"}
    exec(merge(program, setup, test), namespace)
    return namespace


def test_the_parts_run_in_order_in_one_namespace():
    names = run("a = 1\ndef f(): return a", ["a = a + 1"], "b = f()")
    assert names["b"] == 2


@pytest.mark.parametrize(
    "program", ["x = '''", "x = (", "x = 1 \\", "return", "if False:", "x = 1 +", "class A:", "#\\\nx = ["]
)
def test_a_program_does_not_swallow_the_test(program: str):
    with pytest.raises(SyntaxError):
        merge(program, ["y = 1"], "z = 2")


@pytest.mark.parametrize(
    "program", ["x = 1", "'doc'", "from __future__ import annotations", "'doc'\nimport os", ""]
)
def test_future_imports_of_setup_and_test_come_first(program: str):
    future = "from __future__ import annotations"
    names = run(program, [f"{future}\na = 1"], f"{future}\ndef g(x: Nothing): pass\nb = a + 1")
    assert names["b"] == 2
    assert names.get("__doc__") == ("doc" if program.startswith("'") else None)


def test_lines_of_the_test_count_on_from_those_of_the_program():
    code = merge("a = 1\nb = 2", ["c = 3"], "1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code, {})
    assert caught.traceback[-1].lineno + 1 == 4


def test_the_line_of_a_pass_has_the_length_that_is_read():
    lines = [make_pass_line() for _ in range(20)]
    assert {len(codec.dumps(line)) + 1 for line in lines} == {PASS_LINE_BYTES}
    assert len({line[1] for line in lines}) == 20
