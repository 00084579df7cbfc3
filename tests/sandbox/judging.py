"""Judges one program by some tests, and returns results, outcomes or an assertion."""

from clients.contract import IoTest, Limits, OnTimeout, Outcome, State, Suite, TestResult
from services.executor.sandbox import Rules, Sandbox

SMALL = {
    "cpu_s": 0.4,
    "wall_s": 20.0,
    "total_cpu_s": 2.0,
    "total_wall_s": 60.0,
    "memory_bytes": 96 * 2**20,
    "output_bytes": 2**16,
    "processes": 8,
}
"""Far more CPU time than an honest test here needs, and enough wall time for a busy machine."""

HONEST = "def add(a, b):\n    return a + b\n"
HONEST_TESTS = ["assert add(1, 2) == 3", "assert add('a', 'b') == 'ab'", "assert add([1], [2]) == [1, 2]"]


def results(
    sandbox: Sandbox,
    program: str,
    *asserts: str,
    setup: str = "",
    check: str | None = None,
    entry_point: str | None = None,
    io: list[tuple[str, str]] | None = None,
    comparison: dict | None = None,
    checker: str | None = None,
    state: str = "shared",
    on_timeout: str = "continue",
    **limits,
) -> list[TestResult]:
    """Judge one program; return one result per test."""
    suite = Suite(
        id="s",
        asserts=list(asserts) or None,
        setup=setup,
        check=check,
        entry_point=entry_point,
        io=None if io is None else [IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in io],
        checker=checker,
        **({} if comparison is None else {"comparison": comparison}),
    )
    rules = Rules(Limits(**{**SMALL, **limits}), State(state), OnTimeout(on_timeout))
    (judgement,) = sandbox.judge(suite, [program], rules)
    assert not judgement.fault, judgement.fault
    assert len(judgement.tests) == suite.size
    return judgement.tests


def outcomes(sandbox: Sandbox, program: str, *asserts: str, **options) -> list[str]:
    """Judge one program; return the outcomes as text."""
    return [test.outcome.value for test in results(sandbox, program, *asserts, **options)]


def outcome(sandbox: Sandbox, program: str, *asserts: str, **options) -> str:
    """Judge one program by one test; return its outcome."""
    (only,) = outcomes(sandbox, program, *asserts, **options)
    return only


def holds(sandbox: Sandbox, program: str, *asserts: str, **options) -> None:
    """Assert that every test passes; show the others with their messages."""
    judged = results(sandbox, program, *asserts, **options)
    failed = [
        (n, test.outcome.value, test.message)
        for n, test in enumerate(judged)
        if test.outcome is not Outcome.PASSED
    ]
    assert not failed, failed


def is_still_fair(sandbox: Sandbox) -> None:
    """Assert that the sandbox still judges correctly: a right program passes and a wrong one fails."""
    holds(sandbox, HONEST, *HONEST_TESTS)
    wrong = "def add(a, b):\n    return b\n"
    assert outcomes(sandbox, wrong, *HONEST_TESTS) == ["wrong_answer"] * 3
