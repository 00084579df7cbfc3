"""A worker whose jail cannot judge takes no work until it can."""

from clients.contract import Outcome, TestResult
from services.executor.sandbox import Judgement
from services.executor.worker.health import Fitness


class Jail:
    """Stands in for a sandbox that fails as often as it is told to: real ones fail when a machine does."""

    def __init__(self, *failures):
        self.failures = list(failures)

    def judge(self, suite, programs, rules):
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if failure:
            return [Judgement(0, [], failure)]
        return [Judgement(0, [TestResult(outcome=Outcome.PASSED)])]


def fitness_of(jail):
    said = []
    return Fitness({"base": jail}, said.append), said


def test_a_failure_of_the_chunk_is_not_the_jails():
    fitness, said = fitness_of(Jail())
    assert fitness.doubt("base") == ""
    fitness.mend(lambda: False)
    assert said == []


def test_an_unfit_worker_says_so_and_returns_when_it_is_fit():
    jail = Jail(OSError(24, "Too many open files"), "the jail died", "the jail died")
    fitness, said = fitness_of(jail)
    assert "Too many open files" in fitness.doubt("base")
    fitness.mend(lambda: False)
    assert jail.failures == []
    assert said == [False, False, True]
    fitness.mend(lambda: False)
    assert said == [False, False, True]  # no doubt is left


def test_an_unfit_worker_can_be_stopped_and_does_not_say_that_it_is_fit():
    fitness, said = fitness_of(Jail(*["the jail died"] * 100))
    fitness.doubt("base")
    fitness.mend(lambda: True)
    assert True not in said
