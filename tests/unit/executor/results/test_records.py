"""A record decodes to what was encoded, and result lines are valid messages of the contract."""

from hypothesis import given
from hypothesis import strategies as st

from clients.contract import (
    CandidateResult,
    Extraction,
    Outcome,
    RewardPolicy,
    Status,
    TestResult,
    UnscorableReason,
)
from services.executor.results.records import Fault, ResultSlot, decode, encode, result_line, verdict_of

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ['"tests":[]', '\\"tests":[]', '"extraction":null', "\n", "a\nb"]
)
tests = st.lists(
    st.builds(
        TestResult,
        outcome=st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.INVALID_TEST]),
        cpu_s=st.floats(0, 100).map(lambda value: round(value, 6)),
        message=text,
        rests_on_program=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
extractions = st.none() | st.builds(Extraction, program=text, note=text)


@given(tests, extractions, text, text)
def test_a_verdict_arrives_as_it_was_sent(sent, extraction, name, suite):
    record = decode(encode(verdict_of(sent, extraction)))
    line = result_line(ResultSlot(3, name, suite), record, RewardPolicy(), None, cached=True)
    assert b"\n" not in line
    result = CandidateResult.model_validate_json(line)
    assert (result.id, result.index, result.suite, result.cached) == (name, 3, suite, True)
    assert result.tests == sent
    assert result.extraction == extraction
    assert result.status is Status.JUDGED
    assert result.pass_rate == sum(test.outcome is Outcome.PASSED for test in sent) / len(sent)


@given(text)
def test_a_fault_has_a_reason_and_no_numbers(detail):
    fault = decode(encode(Fault(UnscorableReason.SANDBOX_FAILURE, detail)))
    line = result_line(ResultSlot(0, "a", "s"), fault, RewardPolicy(), None, cached=False)
    result = CandidateResult.model_validate_json(line)
    assert (result.status, result.reason, result.detail) == ("unscorable", "sandbox_failure", detail)
    assert result.pass_rate is None
    assert result.reward is None
    assert result.tests == []
