"""One program is run through all tests of a suite; tests that are not run are reported, too."""

import pytest

from services.executor.sandbox.guest.checker.runner import ProgramRun
from services.executor.sandbox.guest.checker.suite import CandidateLimits, PreparedSuite

LIMITS = CandidateLimits(cpu_s=1.0, wall_s=4.0, total_cpu_s=3.0, total_wall_s=5.0, output_bytes=1000)


class Reports:
    """A reporter that keeps the lines."""

    def __init__(self):
        self.lines = []

    def report(self, line):
        self.lines.append(line)

    def before_test(self, *, report_each_test):
        pass

    def flush(self):
        pass

    def outcomes(self):
        return {line[2]: line[3] for line in self.lines if line[0] == "test"}


class NoCompiler:
    """A compiler that leaves compiling to the candidate."""

    def compile(self, _text):
        return b""


class Tests:
    """Tests whose outcomes and CPU seconds are given."""

    __test__ = False

    def __init__(self, outcomes, cpu_s):
        self.outcomes, self.cpu_s, self.size, self.invalid = outcomes, cpu_s, len(outcomes), {}

    def run(self, program_run, t):
        program_run.spent_cpu_s += self.cpu_s
        program_run.report(t, self.outcomes[t], self.cpu_s, "")
        return program_run.next_after(t, self.outcomes[t])


def judged(outcomes, *, start=0, cpu_s=0.1, invalid=None, stop=False, idle_s=0.0):
    """Return the lines that judging a program with these outcomes reports."""
    reports = Reports()
    suite = PreparedSuite(
        len(outcomes), invalid or {}, LIMITS, fresh=False, stop_on_timeout=stop, values=False
    )
    run = ProgramRun(suite, reports, None, NoCompiler(), 7, "x = 1", 0.0, idle_s, report_each_test=False)
    run.judge(Tests(outcomes, cpu_s), start)
    return reports


def test_every_test_has_an_outcome_and_the_end_is_reported():
    reports = judged(["passed", "wrong_answer"])
    assert reports.outcomes() == {0: "passed", 1: "wrong_answer"}
    assert reports.lines[-1] == ["end", 7]


def test_judging_begins_at_the_given_test():
    assert judged(["passed"] * 3, start=2).outcomes() == {2: "passed"}


def test_tests_after_a_time_out_are_not_run_if_the_suite_stops_there():
    outcomes = ["time_limit", "passed", "passed"]
    assert judged(outcomes).outcomes() == dict(enumerate(outcomes))
    assert judged(outcomes, stop=True).outcomes() == {0: "time_limit", 1: "not_run", 2: "not_run"}


@pytest.mark.parametrize("limit", [{"cpu_s": 1.0}, {"idle_s": 5.0}])
def test_tests_are_not_run_once_a_total_is_used_up(limit):
    outcomes = judged(["passed"] * 5, **limit).outcomes()
    assert set(outcomes) == set(range(5))
    assert outcomes[4] == "not_run"


def test_invalid_tests_are_reported_as_such_among_those_that_are_not_run():
    reports = judged(["time_limit", "passed", "passed"], stop=True, invalid={1: "SyntaxError"})
    assert reports.outcomes() == {0: "time_limit", 1: "invalid_test", 2: "not_run"}


def test_a_candidate_may_be_idle_for_what_is_left_of_the_total():
    assert LIMITS.after_idle(0.0).wall_s == 4.0
    assert LIMITS.after_idle(3.5).wall_s == 1.5
    assert LIMITS.after_idle(9.0).wall_s == 0.01
