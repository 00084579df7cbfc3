"""A cancelled call of ``judge`` ends its programs, also those that are being judged."""

import threading

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from tests.conftest import wait_until
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, is_still_fair
from tests.sandbox.processes import session_supervisors

FOR_EVER = {**SMALL, "cpu_s": 9999.0, "total_cpu_s": 9999.0, "wall_s": 9999.0, "total_wall_s": 9999.0}
"""Far longer than the test waits."""


def cancel_while_it_runs(sandbox, programs):
    """Cancel while a program is being judged, and return the judgements."""
    cancelled = threading.Event()
    judgements = []

    def judge():
        rules = Rules(Limits(**FOR_EVER))
        suite = Suite(id="s", asserts=HONEST_TESTS)
        judgements.extend(sandbox.judge(suite, programs, rules, cancelled=cancelled.is_set))

    thread = threading.Thread(target=judge)
    thread.start()
    wait_until(lambda: session_supervisors(sandbox))
    cancelled.set()
    thread.join(60)
    assert not thread.is_alive()
    return judgements


def test_a_program_that_computes_or_sleeps_is_ended_with_its_session(own_jail):
    for begins in ("while True: pass\n", "import time; time.sleep(9999)\n"):
        assert cancel_while_it_runs(own_jail, [begins + HONEST, HONEST]) == []
        wait_until(lambda: not session_supervisors(own_jail))
    is_still_fair(own_jail)
