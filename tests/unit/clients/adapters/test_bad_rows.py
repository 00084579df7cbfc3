"""A row that cannot be judged costs no other row, is named, and has no reward; a wrong column fails at once."""

import asyncio
import json
import logging
from types import SimpleNamespace

import pytest

from clients import NoVerdictError
from clients.adapters import areal, slime, trl, verl
from clients.contract import Slug
from clients.errors import InvalidRequestError, InvalidSuiteError
from clients.monitor import RewardMonitor
from tests.unit.clients.adapters.test_outages import forget
from tests.unit.clients.fake_service import FakeResponse, FakeService, problem, whole_answer

CODE = "def double(x): return x + x"
TESTS = ["assert double(2) == 4"]
OTHER = ["assert double(3) == 6"]
CIRCULAR: list[object] = []
CIRCULAR.append(CIRCULAR)


@pytest.fixture(autouse=True)
def warnings_are_logged(caplog):
    """The command line, in a test of another file, shows errors alone."""
    caplog.set_level(logging.WARNING, "acecoder")


@pytest.fixture
def adapters(service: FakeService, monkeypatch):
    monkeypatch.setenv("ACECODER_URL", service.url)
    monkeypatch.delenv("ACECODER_BAD_ROW_REWARD", raising=False)
    forget()
    yield service
    forget()


def refusing(*positions, slug=Slug.INVALID_SUITE):
    """Refuse a request for the suites at these positions, as the service does."""
    errors = [{"field": f"suites[{at}]", "message": f"suite 'row{at}' has no valid test"} for at in positions]
    return problem(slug, f"{errors[0]['field']}: {errors[0]['message']}.", errors=errors)


def without_verdict(position, reason):
    def answer(request):
        content = whole_answer(request)
        fault = {"status": "unscorable", "reason": reason, "detail": "no test is valid", "tests": []}
        content["results"][position] |= fault | {"pass_rate": None, "reward": None}
        return FakeResponse(200, json.dumps(content).encode())

    return answer


BAD = {
    "missing": (None, "the ground truth is null"),
    "empty text": (" ", "the ground truth is an empty text"),
    "empty list": ([], "at least one test"),
    "cut off": ('["assert f()', "neither JSON"),
    "another shape": ({"answer": 42}, "'answer', which has none of the known shapes"),
    "mixed": (["assert f()", {"input": "1"}], "neither all texts nor all objects"),
    "a number": (3.5, "of type float"),
    "holds itself": (CIRCULAR, "neither all texts nor all objects"),
    "keys that are no texts": ({(1, 2): "x"}, "none of the known shapes"),
    "a judge of its own": ({"inputs": ["1"], "outputs": ["1"], "special_judge": True}, "special_judge"),
}


@pytest.mark.parametrize(("truth", "reason"), BAD.values(), ids=BAD)
def test_one_bad_row_has_no_reward_and_the_others_have_theirs(adapters, caplog, truth, reason):
    logged = {}
    rewards = trl.pass_rate(
        [CODE, CODE, CODE],
        tests=[TESTS, truth, OTHER],
        task_id=["a", "b", "c"],
        log_metric=logged.__setitem__,
    )
    assert rewards == [1.0, None, 1.0]
    assert len(adapters.requests[0].body["candidates"]) == 2
    (record,) = caplog.records
    assert record.name == "acecoder"
    message = record.getMessage()
    assert "row 1 (task_id 'b'): column 'tests': " in message
    assert reason in message
    assert message.endswith("; correct the row, or drop it from the data set")
    assert logged["acecoder/bad_row"] == pytest.approx(1 / 3)
    assert logged["acecoder/unscorable"] == pytest.approx(1 / 3)
    assert logged["acecoder/pass_rate"] == 1.0  # of the rows that have one


@pytest.mark.anyio
async def test_a_row_without_an_id_is_named_by_its_prompt(adapters, caplog):
    prompts = ["Write double(x).", [{"role": "user", "content": "Write triple(x)."}]]
    assert await trl.pass_rate_async([CODE, CODE], prompts=prompts, tests=[TESTS, None]) == [1.0, None]
    assert "row 1 (prompt 'Write triple(x).'): column 'tests'" in caplog.text


def test_a_completion_that_was_lost_costs_its_row_alone(adapters, caplog):
    assert trl.pass_rate([CODE, None, [1, 2]], tests=[TESTS] * 3) == [1.0, None, None]
    assert "row 1: its completion is None; give what the model wrote" in caplog.text


@pytest.mark.parametrize(
    "columns",
    [{"tests": [None, None]}, {"tests": ["", []]}, {"answer": [{"answer": 42}, {"answer": 43}]}],
)
def test_a_batch_whose_rows_are_all_bad_fails_at_once(adapters, columns):
    (column,) = columns
    with pytest.raises(
        ValueError, match=rf"^no row of 2 can be judged; the first: row 0: column '{column}'"
    ) as error:
        trl.pass_rate([CODE, CODE], **columns)
    assert "ACECODER_COLUMN" in str(error.value)
    assert "HumanEval" in str(error.value)  # the shapes that are understood
    assert adapters.requests == []


def test_a_batch_of_one_bad_row_is_no_error_once_a_row_was_usable(adapters):
    """A trainer gives the completions of one prompt together, so the batch of a bad row may have no other."""
    assert trl.pass_rate([CODE], tests=[TESTS]) == [1.0]
    assert trl.pass_rate([CODE] * 4, tests=[None] * 4) == [None] * 4
    assert len(adapters.requests) == 1
    with pytest.raises(ValueError, match=r"^no row of 8 can be judged"):
        trl.pass_rate([CODE] * 8, tests=[{"answer": at} for at in range(8)])


def test_a_suite_that_the_service_refuses_costs_its_rows_alone(adapters, caplog):
    """The same tests twice: both rows go, and the others are sent again."""
    adapters.script = [refusing(1)]
    prose = ["prints the double of x"]
    rewards = trl.pass_rate([CODE] * 4, tests=[TESTS, prose, prose, OTHER], id=[7, 8, 8, 9])
    assert rewards == [1.0, None, None, 1.0]
    assert [len(request.body["suites"]) for request in adapters.requests] == [3, 2]
    assert "row 1 (id 8): column 'tests': suite 'row1' has no valid test" in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("slug", "error"),
    [(Slug.INVALID_SUITE, InvalidSuiteError), (Slug.INVALID_REQUEST, InvalidRequestError)],
)
def test_a_batch_whose_suites_are_all_refused_raises_the_error_of_the_service(adapters, slug, error):
    adapters.otherwise = refusing(0, 1, slug=slug)
    with pytest.raises(error, match="has no valid test"):
        trl.pass_rate([CODE, CODE], tests=[["prose"], ["more prose"]])
    adapters.otherwise = problem(Slug.INVALID_REQUEST, "limits: unknown field", errors=[])
    with pytest.raises(InvalidRequestError):  # the fault of no row
        trl.pass_rate([CODE, CODE], tests=[TESTS, OTHER])


def test_tests_that_turn_out_invalid_are_bad_rows_too(adapters, caplog):
    adapters.script = [without_verdict(1, "invalid_suite")]
    assert trl.pass_rate([CODE, CODE], tests=[TESTS, OTHER], task_id=["a", "b"]) == [1.0, None]
    assert "row 1 (task_id 'b'): column 'tests': no test is valid" in caplog.text
    forget()
    adapters.script = [without_verdict(0, "invalid_suite")]
    with pytest.raises(
        ValueError, match=r"no row of 1 can be judged; the first: row 0: column 'tests': no test is valid"
    ):
        trl.pass_rate([CODE], tests=[TESTS])


def test_a_fault_of_the_service_is_no_bad_row(adapters, caplog):
    adapters.script = [without_verdict(1, "worker_lost")]
    logged = {}
    assert trl.pass_rate([CODE, CODE], tests=[TESTS, OTHER], log_metric=logged.__setitem__) == [1.0, None]
    assert (logged["acecoder/bad_row"], logged["acecoder/unscorable"]) == (0.0, 0.5)
    assert caplog.records == []


def test_each_bad_row_is_logged_once_and_twenty_by_name(adapters, caplog):
    for _ in range(2):
        trl.pass_rate([CODE] * 3, tests=[TESTS, None, None], task_id=["a", "b", "c"])
    assert len(caplog.records) == 2
    caplog.clear()
    many = list(range(40))
    trl.pass_rate([CODE] * 41, tests=[TESTS, *([None] * 40)], task_id=["a", *map(str, many)])
    assert len(caplog.records) == 19
    assert caplog.records[-1].getMessage() == "further bad rows are counted (metric bad_row), and not logged"


@pytest.mark.anyio
async def test_verl_gets_an_error_that_names_the_row_or_the_reward_that_the_user_chose(adapters, monkeypatch):
    whole = await verl.compute_score("data", CODE, TESTS, {"index": 6})
    with pytest.raises(
        NoVerdictError, match=r"the row \(index 7\): column 'ground_truth': .*ACECODER_BAD_ROW_REWARD"
    ):
        await verl.compute_score("data", CODE, None, {"index": 7, "split": "train"})
    monkeypatch.setenv("ACECODER_BAD_ROW_REWARD", "-0.5")
    answer = await verl.compute_score("data", CODE, None, {"index": 7})
    assert list(answer) == list(whole)  # verl needs the same columns for every sample
    assert (answer["score"], answer["bad_row"], answer["unscorable"]) == (-0.5, 1.0, 1.0)
    adapters.script = [without_verdict(0, "worker_lost")]
    # a chosen reward is not for faults of the service
    with pytest.raises(NoVerdictError, match="worker_lost"):
        await verl.compute_score("data", CODE, OTHER)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("row_of_sample", "tolerated"),
    [(lambda sample: {"index": sample}, 7), (lambda sample: {}, 64), (lambda sample: {"index": 3}, 64)],
    ids=["different rows", "rows without a name", "samples of one row"],
)
async def test_a_chosen_reward_does_not_hide_a_wrong_column(adapters, monkeypatch, row_of_sample, tolerated):
    monkeypatch.setenv("ACECODER_BAD_ROW_REWARD", "0")
    for sample in range(tolerated):
        assert (await verl.compute_score("data", CODE, "42", row_of_sample(sample)))["score"] == 0.0
    with pytest.raises(ValueError, match="no row of 1 can be judged"):
        await verl.compute_score("data", CODE, "42", row_of_sample(tolerated))


@pytest.mark.anyio
async def test_a_bad_row_is_no_error_while_the_first_usable_one_is_judged(adapters, monkeypatch):
    """A trainer that gives samples one by one gives them at once: the bad ones are known before a verdict is there."""
    monkeypatch.setenv("ACECODER_BAD_ROW_REWARD", "0")
    usable = asyncio.create_task(verl.compute_score("data", CODE, TESTS))
    await asyncio.sleep(0)
    for at in range(9):
        assert (await verl.compute_score("data", CODE, "42", {"index": at}))["score"] == 0.0
    assert (await usable)["score"] == 1.0


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["none", "nan", "inf"])
async def test_a_chosen_reward_that_is_no_number_is_named(adapters, monkeypatch, text):
    monkeypatch.setenv("ACECODER_BAD_ROW_REWARD", text)
    with pytest.raises(ValueError, match=f"ACECODER_BAD_ROW_REWARD='{text}': give a number"):
        await verl.compute_score("data", CODE, None)


@pytest.mark.anyio
async def test_slime_removes_the_sample_of_a_bad_row(adapters):
    group = [
        SimpleNamespace(response=CODE, label=label, metadata={}, index=at)
        for at, label in enumerate([TESTS, "?"])
    ]
    assert await slime.custom_rm(None, group) == [1.0, 0.0]
    assert [one.remove_sample for one in group] == [False, True]


def test_areal_gets_an_error_that_names_the_row(adapters):
    assert areal.reward_fn("p", CODE, [], [], tests=TESTS) == 1.0
    with pytest.raises(
        NoVerdictError, match=r"the row \(task_id 'b'\): column 'tests': the ground truth is null"
    ):
        areal.reward_fn("p", CODE, [], [], tests=None, task_id="b")


def test_a_monitor_counts_a_bad_row_as_unscorable(adapters, tmp_path):
    path = tmp_path / "rewards.jsonl"
    with RewardMonitor(path, thresholds=[]) as monitor:
        reward = trl.monitored(monitor)
        assert reward([CODE, None], tests=[TESTS, TESTS], prompts=["q", "q"]) == [1.0, None]
    line = json.loads(path.read_text())
    assert (line["samples"], line["reward"], line["unscorable"]) == (2, 1.0, 0.5)


@pytest.mark.parametrize("name", ["canary", "canary_test", "prompts"])
def test_a_column_of_another_length_is_named_with_both_lengths(adapters, name):
    reward = trl.monitored(RewardMonitor())
    row = {"tests": [TESTS, OTHER], name: [1]}
    with pytest.raises(
        ValueError, match=rf"^column '{name}' has 1 values for 2 completions; give one for each completion"
    ):
        reward([CODE, CODE], **row)


@pytest.mark.anyio
async def test_every_function_checks_canaries_before_it_judges(adapters):
    row = {"tests": [TESTS, OTHER], "prompts": ["p", "q"], "canary": [True, False, False]}
    wrong = r"column 'canary' has 3 values for 2 completions"
    with pytest.raises(ValueError, match=wrong):
        trl.pass_rate([CODE, CODE], **row)
    for function in (trl.pass_rate_async, trl.rm_score):
        with pytest.raises(ValueError, match=wrong):
            await function([CODE, CODE], **row)
    with pytest.raises(
        ValueError, match=r"^column 'canary': value 1 is 'False'; give true or false for each row"
    ):
        trl.pass_rate([CODE, CODE], tests=[TESTS, OTHER], canary=[True, "False"])
    assert adapters.requests == []


def test_a_service_that_finds_a_completion_too_large_gives_it_the_lowest_reward(adapters):
    """The policy wrote it: without a reward, it could avoid one by writing much."""
    errors = [{"field": "candidates[1]", "message": "too large"}]
    adapters.script = [problem(Slug.INVALID_REQUEST, "candidates[1]: too large", errors=errors)]
    assert trl.pass_rate([CODE, CODE], tests=[TESTS, TESTS]) == [1.0, 0.0]


def test_log_level_is_a_warning(adapters, caplog):
    trl.pass_rate([CODE, CODE], tests=[TESTS, None])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
