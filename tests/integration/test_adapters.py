"""The frameworks' reward functions against the real service, called as the frameworks call them.

The frameworks' own trainers and clients are in ``tests/compat``.
"""

import logging

import anyio
import pytest

from clients import RefusedError
from clients.adapters import areal, slime, trl, verdicts, verl
from clients.adapters.verdicts import NoVerdictError
from clients.errors import CannotConnectError

TESTS = ["assert double(2) == 4", "assert double('a') == 'aa'"]
RIGHT = "```python\ndef double(x):\n    return x + x\n```"
HALF = "```python\ndef double(x):\n    return 2 * (x == 2) * 2\n```"
ASLEEP = "import time\ntime.sleep(5)\ndef double(x): return x + x"
"""A program that is not judged within the deadline of 1 s that the tests below set."""
INVALID = ["assert (", "assert )"]


@pytest.fixture(autouse=True)
def service(stack, monkeypatch):
    monkeypatch.setenv("ACECODER_URL", stack.url)
    monkeypatch.setenv("ACECODER_PAUSE_S", "0")
    forget()
    yield
    forget()


def forget():
    """Make the next call read the environment variables again."""
    verdicts._executor.cache_clear()
    verdicts._guard.cache_clear()
    verdicts._options_from_env.cache_clear()
    verdicts._reports.cache_clear()


def test_trl_columns_and_conversations():
    logged = {}
    rewards = trl.pass_rate(
        prompts=["p", "p", "p"],
        completions=[RIGHT, [{"role": "assistant", "content": HALF}], ""],
        completion_ids=[[1], [2], [3]],
        trainer_state=None,
        log_metric=logged.__setitem__,
        log_extra=None,
        tests=[TESTS] * 3,
    )
    assert rewards == [1.0, 0.5, 0.0]
    assert logged["acecoder/pass_rate"] == 0.5
    assert logged["acecoder/unscorable"] == 0.0
    again = anyio.run(lambda: trl.pass_rate_async(completions=[RIGHT], prompts=["p"], ground_truth=[TESTS]))
    assert again == [1.0]


def test_trl_without_a_verdict_is_none():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACECODER_OPTIONS", '{"deadline_s": 1, "cache": false}')
        assert trl.pass_rate(completions=[ASLEEP], tests=[TESTS]) == [None]


def test_what_cannot_be_read_has_a_verdict():
    """It gets the lowest reward, because the policy wrote it, and is not logged as a failure of the service."""
    logged = {}
    assert trl.pass_rate(completions=["\0"], tests=[TESTS], log_metric=logged.__setitem__) == [0.0]
    assert logged["acecoder/unscorable"] == 0.0


def test_a_column_by_another_name(monkeypatch):
    with pytest.raises(ValueError, match="ACECODER_COLUMN"):
        trl.pass_rate(completions=[RIGHT], checks=[TESTS])
    monkeypatch.setenv("ACECODER_COLUMN", "checks")
    assert trl.pass_rate(completions=[RIGHT], checks=[TESTS]) == [1.0]


def test_verl_answers_have_the_same_keys():
    async def scores():
        return [await verl.compute_score("d", text, TESTS, None) for text in (RIGHT, HALF, "", "\0")]

    answers = anyio.run(scores)
    assert [answer["score"] for answer in answers] == [1.0, 0.5, 0.0, 0.0]
    assert len({tuple(answer) for answer in answers}) == 1
    assert all(type(value) is float for answer in answers for value in answer.values())


def test_verl_raises_rather_than_score_a_fault(monkeypatch):
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 1, "cache": false}')
    with pytest.raises(NoVerdictError, match="deadline"):
        anyio.run(lambda: verl.compute_score("d", ASLEEP, TESTS))


class Sample:
    def __init__(self, response, label=None, metadata=None):
        self.response, self.label, self.metadata = response, label, metadata
        self.remove_sample = False


def test_slime_takes_out_what_has_no_verdict(monkeypatch):
    sample = Sample(HALF, label=TESTS)
    assert anyio.run(lambda: slime.custom_rm(None, sample)) == 0.5
    assert not sample.remove_sample
    assert anyio.run(lambda: slime.custom_rm(None, Sample(RIGHT, metadata={"tests": TESTS}))) == 1.0
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 1, "cache": false}')
    forget()
    sample = Sample(ASLEEP, label=TESTS)
    anyio.run(lambda: slime.custom_rm(None, sample))
    assert sample.remove_sample


def test_areal_signature():
    assert areal.reward_fn("p", HALF, [1], [2], tests=TESTS) == 0.5


def test_areal_gets_a_verdict_on_a_program_that_sleeps_before_it_stops_waiting(monkeypatch):
    """Its tests may take 20 s by default. After 12 s there would be no verdict, and after four attempts a reward of 0."""
    asleep = f"{RIGHT[:-3]}\nimport time\ntime.sleep(100)\n```"
    assert areal.reward_fn("p", asleep, [1], [2], tests=TESTS) == 0.0
    monkeypatch.setenv("ACECODER_OPTIONS", '{"limits": {"total_wall_s": 1}}')
    forget()
    assert verdicts.with_default_limits(total_wall_s=8.0) == {"total_wall_s": 1}


def test_options_are_declared(monkeypatch):
    monkeypatch.setenv("ACECODER_OPTIONS", '{"reward": "signed", "limits": {"cpu_s": 1}}')
    assert trl.pass_rate(completions=[RIGHT, HALF, "\0"], tests=[TESTS] * 3) == [1.0, -1.0, -1.0]


@pytest.mark.parametrize("text", ["{", '{"reward": "best"}', '{"limits": {"cpu_s": -1}}', '{"colour": 1}'])
def test_wrong_options_name_the_variable(monkeypatch, text):
    monkeypatch.setenv("ACECODER_OPTIONS", text)
    with pytest.raises(ValueError, match="ACECODER_OPTIONS"):
        trl.pass_rate(completions=[RIGHT], tests=[TESTS])


def test_a_wrong_column_stops_training_at_once():
    with pytest.raises(ValueError, match="no row of 2 can be judged; the first: row 0: column 'tests'"):
        trl.pass_rate(completions=[RIGHT, RIGHT], tests=[{"answer": 42}] * 2)
    with pytest.raises(RefusedError):
        trl.pass_rate(completions=[RIGHT], tests=[INVALID])


def test_bad_rows_have_no_reward_and_cost_no_other_row(caplog):
    """One that cannot be read, one whose tests do not compile, one whose tests fail without the program."""
    caplog.set_level(logging.WARNING, "acecoder")  # the command line, in another test, shows errors alone
    unready = {"asserts": ["assert double(2) == 4"], "setup": "raise ValueError(1)"}
    truths = [TESTS, {"answer": 42}, INVALID, unready, TESTS]
    assert trl.pass_rate(completions=[RIGHT] * 5, tests=truths) == [1.0, None, None, None, 1.0]
    messages = [record.getMessage() for record in caplog.records]
    for row, message in zip((1, 2, 3), messages, strict=True):
        assert f"row {row}: " in message


def test_a_wrong_address_stops_training(monkeypatch):
    monkeypatch.setenv("ACECODER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ACECODER_CONNECT_S", "0.2")
    with pytest.raises(CannotConnectError):
        trl.pass_rate(completions=[RIGHT], tests=[TESTS])
