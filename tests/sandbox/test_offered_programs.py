"""While a program computes for long, those behind it are offered to others: each is judged once, here or there."""

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.scheduler import run
from tests.sandbox.judging import SMALL

SUITE = Suite(id="s", asserts=["assert f(1) == 2"])
RULES = Rules(Limits(**{**SMALL, "cpu_s": 1.0, "total_cpu_s": 3.0}))
RIGHT = "def f(x): return x + 1"
LOOPS = "def f(x):\n    while True: pass\n"
SLEEPS = "import time\ntime.sleep(1.5)\n" + RIGHT

ALL = {0: "time_limit", 1: "passed", 2: "time_limit", 3: "passed"}


class Others:
    """Takes what is offered, or does not."""

    def __init__(self, *, take):
        self._take = take
        self.offers = []

    def accept(self, programs):
        self.offers.append(list(programs))
        return self._take


def judge(jail, programs, others):
    """Return the outcomes by position."""
    judgements = list(jail.judge(SUITE, programs, RULES, accept=others.accept))
    assert not any(judgement.fault for judgement in judgements)
    assert len({judgement.index for judgement in judgements}) == len(judgements)
    return {judgement.index: judgement.tests[0].outcome.value for judgement in judgements}


@pytest.fixture
def none_asleep(monkeypatch):
    """On a busy machine, a loop that waits for its core would count as asleep, and the programs behind it go on."""
    monkeypatch.setattr(run, "_ASLEEP_SHARE", 0.0)


@pytest.mark.usefixtures("none_asleep")
def test_what_others_take_is_not_judged_here(jail):
    others = Others(take=True)
    judged = judge(jail, [LOOPS, RIGHT, LOOPS, RIGHT], others)
    assert judged == {0: "time_limit"}
    assert others.offers == [[1, 2, 3]]
    assert judge(jail, [RIGHT], others) == {0: "passed"}, "the next call is judged as ever"


@pytest.mark.usefixtures("none_asleep")
def test_what_others_do_not_take_is_judged_here(jail):
    others = Others(take=False)
    assert judge(jail, [LOOPS, RIGHT, LOOPS, RIGHT], others) == ALL
    assert others.offers[0] == [1, 2, 3]
    assert [3] in others.offers
    assert others.offers == sorted(others.offers), "and offered again, without what was judged since"


@pytest.mark.usefixtures("none_asleep")
def test_nothing_is_offered_if_nothing_waits_for_a_program(jail):
    others = Others(take=True)
    assert judge(jail, [LOOPS], others) == {0: "time_limit"}
    assert others.offers == []


def test_a_program_behind_one_that_sleeps_is_judged_here(jail):
    others = Others(take=False)
    assert judge(jail, [SLEEPS, RIGHT], others) == {0: "passed", 1: "passed"}
