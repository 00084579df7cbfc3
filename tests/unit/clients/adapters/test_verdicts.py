"""Wrong arguments of the adapter functions: one sentence each, before a request is sent."""

import json
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from clients.adapters import areal, openrlhf, slime, trl, verl
from clients.adapters.scores import score
from clients.contract import Slug
from clients.errors import NoVerdictError
from tests.unit.clients.adapters.test_outages import forget
from tests.unit.clients.fake_service import FakeResponse, FakeService, problem, whole_answer

CODE = "def double(x): return x + x"
TESTS = ["assert double(2) == 4"]


@pytest.fixture
def adapters(service: FakeService, monkeypatch):
    monkeypatch.setenv("ACECODER_URL", service.url)
    forget()
    yield service
    forget()


@pytest.mark.anyio
async def test_completions_that_were_all_lost_are_an_error_and_no_reward_of_zero(adapters):
    lost = r"its completion is None; give what the model wrote"
    with pytest.raises(ValueError, match=rf"^no row of 2 can be judged; the first: row 0: {lost}"):
        await trl.pass_rate_async([None, None], tests=[TESTS, TESTS])
    with pytest.raises(ValueError, match=lost):
        await verl.compute_score("data", None, TESTS)
    with pytest.raises(TypeError, match=rf"^no completion of 1 can be read; the first: row 0: {lost}"):
        await trl.rm_score([None], prompts=["p"])
    with pytest.raises(ValueError, match=lost):
        areal.reward_fn("p", None, [], [], tests=TESTS)
    assert adapters.requests == []


def test_openrlhf_gets_the_error_where_it_makes_a_tensor_of_the_reward(adapters):
    """It drops errors of a reward function, and would end with one that names no row."""
    torch = pytest.importorskip("torch")
    assert openrlhf.reward_func([CODE], [""], [TESTS])["rewards"].tolist() == [1.0]
    lost = problem(
        Slug.INVALID_SUITE,
        "suites[0]: no valid test",
        errors=[{"field": "suites[0]", "message": "no valid test"}],
    )
    adapters.otherwise = lambda _: lost
    told = pickle.loads(pickle.dumps(openrlhf.reward_func([CODE], [""], [["assert ("]])))
    for name in ("rewards", "scores"):
        with pytest.raises(
            NoVerdictError, match=r"row 0 \(label \"\['assert \('\]\"\): .*ACECODER_BAD_ROW_REWARD"
        ):
            torch.tensor([told[name]])
    with pytest.raises(NoVerdictError):  # older versions give a whole batch, and do not drop the error
        openrlhf.reward_func([CODE] * 2, [""] * 2, [["assert ("], ["assert ("]])


@pytest.mark.anyio
async def test_counts_that_differ_are_named(adapters):
    with pytest.raises(
        ValueError, match=r"^2 completions and 1 ground truths; give one for each completion$"
    ):
        await trl.pass_rate_async([CODE, CODE], tests=[TESTS])
    with pytest.raises(ValueError, match=r"^1 completions and 2 prompts; give one for each completion$"):
        await score(["p", "q"], [CODE])


def test_one_text_in_place_of_a_column_is_refused(adapters):
    with pytest.raises(TypeError, match=r"the column of tests is one text \('tests'\); give a list"):
        trl.pass_rate([CODE], tests=TESTS[0])
    with pytest.raises(TypeError, match=r"completions is one text; give a list"):
        trl.pass_rate(CODE, tests=[TESTS])


def test_arrays_of_a_data_frame_are_completions_and_ground_truths(adapters):
    truths = np.array([np.array(TESTS, dtype=object), np.array(["assert double(3) == 6"], dtype=object)])
    assert trl.pass_rate(np.array([CODE, CODE]), tests=truths) == [1.0, 1.0]
    suites = adapters.requests[0].body["suites"]
    assert [suite["asserts"] for suite in suites] == [TESTS, ["assert double(3) == 6"]]


@pytest.mark.anyio
async def test_slime_rewards_a_sample_or_a_group(adapters):
    def sample():
        return SimpleNamespace(response=CODE, label=TESTS, metadata={})

    assert await slime.custom_rm(None, sample()) == 1.0
    assert await slime.custom_rm(None, [sample(), sample()]) == [1.0, 1.0]
    group = [sample(), sample()]
    adapters.script = [_without_verdict_of_first]
    assert await slime.custom_rm(None, group) == [0.0, 1.0]
    assert [one.remove_sample for one in group] == [True, False]


def _without_verdict_of_first(request):
    answer = whole_answer(request)
    answer["results"][0] |= {
        "status": "unscorable",
        "reason": "worker_lost",
        "pass_rate": None,
        "reward": None,
        "tests": [],
    }
    return FakeResponse(200, json.dumps(answer).encode())
