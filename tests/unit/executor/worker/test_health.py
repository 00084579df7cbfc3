"""A worker whose jail cannot judge takes no work until it can."""

from clients.contract import Outcome, TestResult
from services.executor.sandbox import Judgement
from services.executor.worker.health import SandboxHealth


class FailingSandbox:
    """A fake sandbox that fails a given number of times. Real ones fail when the machine does."""

    def __init__(self, *failures):
        self.failures = list(failures)

    def judge(self, suite, programs, rules):
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if failure:
            return [Judgement(0, [], failure)]
        return [Judgement(0, [TestResult(outcome=Outcome.PASSED)])]


def health_of(sandbox):
    published = []
    return SandboxHealth({"base": sandbox}, published.append), published


def test_a_failure_of_the_chunk_is_not_the_jails():
    health, published = health_of(FailingSandbox())
    assert health.check("base") == ""
    health.recover(lambda: False)
    assert published == []


def test_a_worker_whose_sandbox_fails_is_unavailable_until_it_judges_again():
    sandbox = FailingSandbox(OSError(24, "Too many open files"), "the jail died", "the jail died")
    health, published = health_of(sandbox)
    assert "Too many open files" in health.check("base")
    health.recover(lambda: False)
    assert sandbox.failures == []
    assert published == [False, False, True]
    health.recover(lambda: False)
    assert published == [False, False, True]  # nothing is left to recover from


def test_a_worker_that_recovers_can_be_stopped_and_stays_unavailable():
    health, published = health_of(FailingSandbox(*["the jail died"] * 100))
    health.check("base")
    health.recover(lambda: True)
    assert True not in published
