"""A worker or an API process of the previous version: this code with another version and another rule.

    python -m tests.hosts.previous_version worker
    python -m tests.hosts.previous_version api HOST PORT

Its workers judge every test the other way round, as if a rule had changed, so that a verdict shows which version it is
of. Real older code differs in rare outcomes only, which would not show what judged a program.
"""

import sys
from dataclasses import replace

from clients.contract import Outcome
from services.executor import sandbox

PREVIOUS = str(int(sandbox.RUNNER_VERSION) - 1)
if __name__ == "__main__":  # not where a test imports this module
    sandbox.RUNNER_VERSION = PREVIOUS  # before any module takes it from there

from services.executor import app  # noqa: E402
from services.executor.sandbox.factory import open_sandbox  # noqa: E402
from services.executor.worker import worker  # noqa: E402
from services.executor.worker.health import PROBE_SUITE  # noqa: E402

OPPOSITE = {Outcome.PASSED: Outcome.WRONG_ANSWER, Outcome.WRONG_ANSWER: Outcome.PASSED}


class OppositeSandbox:
    """Wraps a real sandbox; passed and failed tests change places."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def __getattr__(self, name):
        return getattr(self._sandbox, name)

    def judge(self, suite, programs, rules, **options):
        for judgement in self._sandbox.judge(suite, programs, rules, **options):
            is_check = suite.id in ("selfcheck", PROBE_SUITE.id)  # of the worker itself
            yield judgement if is_check else replace(judgement, tests=[_turned(t) for t in judgement.tests])


def _turned(test):
    return test.model_copy(update={"outcome": OPPOSITE.get(test.outcome, test.outcome)})


if __name__ == "__main__":
    if sys.argv[1] == "api":
        app.main(sys.argv[2], int(sys.argv[3]))
    else:
        worker.open_sandbox = lambda *args, **options: OppositeSandbox(open_sandbox(*args, **options))
        sys.exit(worker.main())
