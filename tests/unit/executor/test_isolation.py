"""A suite's isolation, from the contract to rewards: who may declare it, what it changes and what names it."""

import json

import pytest
from pydantic import ValidationError

from clients.contract import Isolation, Limits, Outcome, RewardPolicy, Suite, TestResult
from clients.testspecs import suite_from
from services.executor.requests.suites import check_suite
from services.executor.results.grading import grade
from services.executor.results.records import decode, encode, verdict_of
from services.executor.sandbox import Rules
from services.executor.sandbox.scheduler.messages import result_of, suite_line

ROW = {
    "task_id": "a",
    "entry_point": "f",
    "test": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)",
}


def test_separate_is_the_default():
    suites = [Suite(id="s", asserts=["assert f(1)"]), suite_from(ROW)]
    assert {suite.isolation for suite in suites} == {Isolation.SEPARATE}
    assert {check_suite(suite).info().isolation for suite in suites} == {Isolation.SEPARATE}


def test_only_classes_of_unittest_take_the_option_of_a_reader():
    assert suite_from(ROW, unittest_isolation=Isolation.SAME_PROCESS).isolation == "same_process"
    check = {"entry_point": "f", "test": "def check(c):\n    assert c(1) == 2"}
    others = [["assert f(1) == 2"], {"inputs": ["1"], "outputs": ["2"]}, check]
    for spec in others:
        assert suite_from(spec, unittest_isolation=Isolation.SAME_PROCESS).isolation == "separate"


def test_a_suite_of_ours_may_declare_it_itself():
    assert suite_from({"asserts": ["assert f(1)"], "isolation": "same_process"}).isolation == "same_process"


def test_io_tests_cannot_be_judged_so():
    with pytest.raises(ValidationError, match="'io' tests hold no code"):
        Suite(id="s", io=[{"stdin": "", "stdout": ""}], isolation="same_process")


def test_the_hash_of_a_test_tells_the_isolations_apart():
    hashes = [
        check_suite(Suite(id="s", asserts=["assert f(1)"], isolation=isolation)).test_hashes
        for isolation in Isolation
    ]
    assert hashes[0] != hashes[1]


def test_the_checker_is_told_a_kind_of_its_own():
    rules = Rules(Limits())
    kinds = {
        json.loads(suite_line(Suite(id="s", asserts=["assert f(1)"], isolation=isolation), rules))[1]["kind"]
        for isolation in Isolation
    }
    assert kinds == {"asserts", "same_process"}


@pytest.mark.parametrize("outcome", ["passed", "wrong_answer", "invalid_test"])
def test_only_a_pass_is_marked(outcome: str):
    assert result_of(outcome, 0.1, "", False, in_same_process=True).same_process is (outcome == "passed")
    assert not result_of(outcome, 0.1, "", False).same_process


def test_the_mark_travels_in_records_and_a_policy_refuses_such_passes():
    tests = [TestResult(outcome=Outcome.PASSED, same_process=True), TestResult(outcome=Outcome.PASSED)]
    verdict = decode(encode(verdict_of(tests)))
    assert verdict.same_process == (True, False)
    rewards = [
        grade(verdict.outcomes, verdict.rests, policy, same_process=verdict.same_process).reward
        for policy in (RewardPolicy(), RewardPolicy(count_same_process_passes=False))
    ]
    assert rewards == [1.0, 0.5]
