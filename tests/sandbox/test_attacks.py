"""Runs the attacks under ``attacks/`` on every sandbox backend: none earns an unearned pass, none harms the next program.

After each, an honest program on the same worker must pass and a wrong one must fail. Without isolation, only attacks run
whose header says that they do no harm there.
"""

import re
from pathlib import Path

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.backends.docker import IMAGE
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.corpus import FOLDER, PAIRS, Attack, attacks
from tests.sandbox.judging import SMALL, is_still_fair, results
from tests.support.docker_daemon import why_no_docker

PLANTED = [attack for attack in attacks() if attack.kind == PAIRS]
ALONE = [attack for attack in attacks() if attack.kind != PAIRS]


@pytest.fixture(scope="module")
def container():
    """The jail of the Docker backend."""
    if reason := why_no_docker(IMAGE):
        pytest.skip(reason)
    sandbox = open_sandbox(BackendName.DOCKER, EnvironmentSpec("base"), slot=FIRST_SLOT + 20)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


def _sandboxes(attack: Attack) -> list[str]:
    """Return the fixtures of the sandboxes that an attack is tried on."""
    if attack.modules:
        return ["frames" if "pandas" in attack.modules else "scientific"]
    return ["jail", "container", *(["unconfined"] if attack.without_jail else [])]


def _cases(chosen: list[Attack], *more: str):
    return [
        pytest.param(attack, backend, id=f"{attack.name}-{backend}")
        for attack in chosen
        for backend in (*_sandboxes(attack), *more)
    ]


@pytest.mark.parametrize(("attack", "backend"), _cases(ALONE))
def test_it_earns_nothing_and_harms_no_other_program(request, attack: Attack, backend: str):
    sandbox = request.getfixturevalue(backend)
    for _ in range(1 + attack.twice):
        judged = results(
            sandbox,
            attack.program,
            *attack.tests,
            setup=attack.setup,
            io=attack.io,
            checker=attack.checker,
            **attack.limits,
        )
        seen = [
            (test.outcome.value, test.message, text)
            for test, text in zip(judged, attack.tests or attack.io, strict=True)
            if test.outcome.value not in attack.outcomes
        ]
        assert not seen, (attack.tries, seen)
        assert all(0 <= test.cpu_s < 60 for test in judged)
    is_still_fair(sandbox)


@pytest.mark.parametrize("same_session", [True, False], ids=["same-session", "next-session"])
@pytest.mark.parametrize(("attack", "backend"), _cases(PLANTED, "python_forks"))
def test_what_one_program_plants_the_next_does_not_find(
    request, attack: Attack, backend: str, same_session: bool
):
    sandbox = request.getfixturevalue(backend)
    planter, looker = (f"{attack.program}\nf = {name}\n" for name in ("plant", "look"))
    suite = Suite(id="s", asserts=list(attack.tests))
    rules = Rules(Limits(**{**SMALL, **attack.limits}))
    rounds = [[planter, looker]] if same_session else [[planter], [looker]]
    judged = [judgement for programs in rounds for judgement in sandbox.judge(suite, programs, rules)]
    seen = [(test.outcome.value, test.message) for judgement in judged for test in judgement.tests]
    assert {outcome for outcome, _message in seen} == {"passed"}, (attack.tries, seen)
    is_still_fair(sandbox)


def test_text_that_is_not_unicode_does_not_pass(jail):
    """Not an attack file, since no file could contain this text."""
    judged = results(jail, "def f(x): return 5\nx = '\ud800'", "assert f(2) == 4", "x = 3\nassert f(x) == 9")
    assert {test.outcome.value for test in judged} <= {"syntax_error", "wrong_answer", "runtime_error"}
    is_still_fair(jail)


ROW = re.compile(r"^\| \[[^]]+\]\(tests/sandbox/attacks/(\w+)\) \| (\d+) \|", re.MULTILINE)


def test_the_security_page_lists_every_class_with_its_count():
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    counted = {
        folder.name: 0 for folder in FOLDER.iterdir() if folder.is_dir() and folder.name != "__pycache__"
    }
    for attack in attacks():
        counted[attack.kind] += 1
    assert {name: int(count) for name, count in ROW.findall(page)} == counted


def test_every_attack_states_what_it_tries_and_which_outcomes_are_right():
    for attack in attacks():
        assert attack.tries, attack.name
        assert attack.tests or attack.io, attack.name
        assert attack.outcomes, attack.name
        assert "passed" not in attack.outcomes or attack.outcomes == {"passed"}, attack.name
    assert len(attacks()) >= 150


CLASS_IN_PLACE_OF_A_FUNCTION = """
class f:
    def __init__(self, x): pass
    def __sub__(self, other): return 0.0
    def __contains__(self, item): return True
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __hash__(self): return 1
"""


@pytest.mark.parametrize(
    "test", ["assert abs(f(2) - 1.41421356) < 1e-6", "assert 4 in f(2)", "assert f(2)", "assert f(2) == f(3)"]
)
def test_where_a_class_under_test_had_a_say_the_pass_says_so(jail, test):
    """A suite that names a class lets the class take part; a reward policy may exclude such a pass."""
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, test)
    assert judged.outcome != "passed" or judged.rests_on_program


@pytest.mark.parametrize(
    "test",
    [
        "assert f(2) == 4",
        "assert 4 == f(2)",
        "assert f(2) in [4]",
        "assert f(2) < 5",
        "assert isclose(f(2), 4)",
        "assert [f(2)] == [4]",
    ],
)
def test_a_class_under_test_has_no_say_against_plain_data(jail, test):
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, test)
    assert judged.outcome in {"wrong_answer", "runtime_error"}


def test_a_class_in_place_of_a_function_earns_nothing_by_arithmetic(jail):
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, "assert abs(f(2) - 1.41421356) < 1e-6")
    assert judged.outcome != "passed"


METHOD_THAT_RETURNS_A_LIAR = """
class Solution:
    def root(self, n): return self
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
"""


def test_a_method_that_returns_its_own_object_earns_nothing_by_arithmetic(jail):
    (judged,) = results(
        jail, METHOD_THAT_RETURNS_A_LIAR, "assert abs(Solution().root(2) - 1.41421356) < 1e-6"
    )
    assert judged.outcome != "passed"


def test_what_the_test_makes_itself_may_use_its_operators(jail):
    program = "class Money:\n    def __init__(self, n): self.n = n\n    def __add__(self, n): return Money(self.n + n)"
    (judged,) = results(jail, program, "assert (Money(1) + 2 + 3).n == 6")
    assert judged.outcome == "passed"
    assert judged.rests_on_program
