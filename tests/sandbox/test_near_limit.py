"""Programs so near their CPU limit that the load of the machine would decide are judged again, and gain nothing else."""

import os
import signal
import threading
import time

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.scheduler.attempts import Attempts
from services.executor.sandbox.scheduler.offers import Offers
from services.executor.sandbox.scheduler.run import SuiteRun
from services.executor.sandbox.scheduler.tasks import ProgramTask
from tests.conftest import wait_until
from tests.sandbox import judging
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, is_still_fair
from tests.sandbox.processes import children, session_supervisors

BURN = """
import os, time
def burn(cpu_s):
    while time.process_time() < cpu_s: pass
"""
LIMIT_S = 0.07
"""So short that the speed of the core is not sampled often enough to extend it (``cpu_speed``): these programs count
CPU seconds, not work, and are late on any machine."""
LATE_S = 1.03 * LIMIT_S
"""Beyond the limit, and well before a test is given up."""


def results(sandbox, program, *asserts, **options):
    return judging.results(sandbox, program, *asserts, **{"cpu_s": LIMIT_S, **options})


def outcomes(sandbox, program, *asserts, **options):
    return [test.outcome.value for test in results(sandbox, program, *asserts, **options)]


def outcome(sandbox, program, *asserts, **options):
    (only,) = outcomes(sandbox, program, *asserts, **options)
    return only


def test_late_once_and_in_time_when_judged_again_is_in_time(jail):
    program = BURN + (f"def f():\n    if time.time() < {time.time() + 0.1}: burn({LATE_S})\n    return 1\n")
    assert outcomes(jail, program, "assert f() == 1", "assert f() == 2") == ["passed", "wrong_answer"]


def test_always_late_is_late(jail):
    assert (
        outcome(jail, BURN + f"def f():\n    burn({LATE_S})\n    return 1", "assert f() == 1") == "time_limit"
    )


def test_late_is_late_whatever_comes_then(jail):
    for then in ("raise ValueError", "os.abort()", "os._exit(0)", "return 2", "[bytearray(1 << 40)]"):
        program = BURN + f"def f():\n    burn({LATE_S})\n    {then}\n"
        assert outcome(jail, program, "assert f() == 1") == "time_limit", then


def test_late_while_loading_is_late(jail):
    for then in ("raise ValueError", "f = lambda: 1"):
        program = BURN + f"burn({LATE_S})\n{then}\n"
        assert outcomes(jail, program, "assert f() == 1", "assert f() == 1")[0] == "time_limit", then


def test_a_late_script_is_late(jail):
    for then in ("print(1)", "print(2)", "raise ValueError", "os._exit(0)"):
        program = BURN + f"burn({LATE_S})\n{then}\n"
        assert outcome(jail, program, io=[("", "1\n")]) == "time_limit", then


def test_time_beyond_the_limit_of_one_test_is_not_taken_from_the_others(jail):
    program = "def f(n):\n    while n: pass\n    return 1\n"
    tests = [
        "assert f(1) == 1",
        "assert f(1) == 1",
        "assert f(0) == 1",
        "assert f(1) == 1",
        "assert f(0) == 1",
    ]
    judged = outcomes(jail, program, *tests, total_cpu_s=3 * LIMIT_S)
    assert judged == ["time_limit", "time_limit", "passed", "time_limit", "not_run"]


def test_a_program_that_is_judged_again_does_not_hold_up_or_change_its_neighbours(jail):
    late = BURN + f"def add(a, b):\n    burn({LATE_S})\n    return a + b\n"
    suite = Suite(id="s", asserts=HONEST_TESTS)
    programs = [late, HONEST, late, HONEST + "# another"]
    judged = list(jail.judge(suite, programs, Rules(Limits(**{**SMALL, "cpu_s": LIMIT_S}))))
    assert [judgement.index for judgement in judged[:2]] == [1, 3]
    outcomes_of = {each.index: [test.outcome for test in each.tests] for each in judged}
    assert outcomes_of[0][0] == outcomes_of[2][0] == "time_limit"
    assert outcomes_of[1] == outcomes_of[3] == ["passed"] * 3


def test_an_attempt_leaves_nothing_for_the_next(jail):
    program = BURN + (
        "def f():\n    seen = os.path.exists('/tmp/mark')\n    open('/tmp/mark', 'w').close()\n"
        f"    burn({LATE_S} if not seen else 0)\n    return 1\n"
    )
    assert outcome(jail, program, "assert f() == 1") == "time_limit"


def test_closing_the_channel_is_the_programs_error_however_it_goes_on(jail):
    for then in ("while True: pass", "time.sleep(99)"):
        program = f"import os, time\ndef f():\n    os.close(3)\n    {then}\n"
        assert outcome(jail, program, "assert f() == 1") == "runtime_error"
    is_still_fair(jail)


def test_cpu_seconds_of_a_crash_are_reported(jail):
    (test,) = results(jail, BURN + f"def f():\n    burn({LIMIT_S / 2})\n    os.abort()", "assert f() == 1")
    assert test.outcome == "runtime_error"
    assert test.cpu_s >= LIMIT_S / 2


def test_a_session_that_does_not_answer_does_not_count_against_the_program(own_jail):
    judged = []
    slow = "import time\ndef add(a, b):\n    time.sleep(4)\n    return a + b\n"
    thread = threading.Thread(target=lambda: judged.extend(results(own_jail, slow, *HONEST_TESTS)))
    thread.start()
    (supervisor,) = wait_until(lambda: session_supervisors(own_jail))
    wait_until(lambda: children(supervisor))
    os.kill(supervisor, signal.SIGSTOP)
    try:
        thread.join(120)
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert [test.outcome for test in judged] == ["passed"] * 3


def test_a_program_that_naps_while_it_computes_is_judged_again_for_a_bounded_time(own_jail):
    """Each attempt takes about five times the CPU limit and counts as computing. The second outlasts the time that is left."""
    program = (
        "import time\n"
        + BURN
        + (
            "def f():\n"
            f"    for n in range(1, 11):\n        burn(n * {LATE_S} / 10)\n        time.sleep({LATE_S} / 3)\n"
            "    return 1\n"
        )
    )
    task = ProgramTask(0, program, Attempts(wall_left_s=LIMIT_S))
    rules = Rules(Limits(**{**SMALL, "cpu_s": LIMIT_S}))
    run = SuiteRun(own_jail.pool, Suite(id="s", asserts=["assert f() == 1"]), rules, [task])
    try:
        (judgement,) = run.judgements(lambda: None, lambda: False, Offers(lambda _: False))
    finally:
        run.close()
    assert [test.outcome for test in judgement.tests] == ["time_limit"]
    assert task.attempts.count == 1
    is_still_fair(own_jail)
