"""The corpus is honest: every test holds when program and test share a process, as people run them."""

import pytest

from tests.sandbox.honest import Honest, corpus

CORPUS = corpus()


@pytest.mark.parametrize("honest", CORPUS, ids=lambda honest: honest.name)
def test_every_test_holds_in_a_plain_run(honest: Honest) -> None:
    program: dict[str, object] = {"__name__": "program"}
    exec(compile(honest.program, "program.py", "exec"), program)
    for test in honest.tests:
        scope = dict(program)
        exec(compile(honest.setup, "setup.py", "exec"), scope)
        exec(compile(test, "test.py", "exec"), scope)


def test_names_tell_programs_apart() -> None:
    names = [honest.name for honest in CORPUS]
    assert len(names) == len(set(names))


def test_every_test_can_fail() -> None:
    """A test without an assertion would hold for any program."""
    for honest in CORPUS:
        for test in honest.tests:
            assert "assert" in (honest.setup + test).lower(), (honest.name, test)
