"""What each foreign API answers when there is no verdict: never a reward of 0, if it has any other answer.

The judge is a fake. ``tests/chaos`` causes real faults of the infrastructure.
"""

from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from prometheus_client import CollectorRegistry

from clients.contract import CandidateResult, Slug, Status, UnscorableReason
from services.common import app as common
from services.common.problem_error import ProblemError
from services.executor.routes.foreign import Judge
from services.executor.routes.registry import foreign_routers
from services.executor.settings import ExecutorSettings

TESTS = ["assert f(1) == 2"]
BODIES = {
    "/run_code": {"code": "", "language": "python"},
    "/get_reward": {"query": ["x"], "prompts": [""], "labels": [TESTS]},
    "/remote_rm": {"prompt": "", "response": "x", "label": TESTS},
    "/test_program": {"program": "x", "tests": TESTS},
    "/verify": {"responses_create_params": {}, "response": {}, "ground_truth": TESTS},
}
STATUS = {"/run_code": 504}
MARKED = {**BODIES["/verify"], "_ng_task_index": 3}
"""A row as NeMo-Gym sends it; verifiers sends the same without marks."""
FAULTS = [
    UnscorableReason.WORKER_LOST,
    UnscorableReason.SANDBOX_FAILURE,
    UnscorableReason.DEADLINE,
    ProblemError(Slug.QUEUE_FULL, "full"),
    ProblemError(Slug.QUEUE_UNAVAILABLE, "away"),
]


class FaultyJudge(Judge):
    """Answers every request with the same fault."""

    def __init__(self, fault):
        self.fault = fault

    async def judge(self, request, **_):
        if isinstance(self.fault, ProblemError):
            raise self.fault
        reason, detail = self.fault, "in words"
        lost = CandidateResult(
            id="0", index=0, suite="s", status=Status.UNSCORABLE, reason=reason, detail=detail
        )
        return [lost for _ in request.candidates]


@asynccontextmanager
async def unbroken(_app):
    yield


def post(fault, path, body=None):
    return post_all(fault, path, body or BODIES[path])[0]


def post_all(fault, path, *bodies):
    """Send the bodies one after the other to one process."""
    settings = ExecutorSettings()
    registry = CollectorRegistry()
    app = common.create_app(
        "w", summary="", settings=settings, ready={}, lifespan=unbroken, registry=registry
    )
    for router in foreign_routers(FaultyJudge(fault), settings):
        app.include_router(router)

    async def ask():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            return [await http.post(path, json=body) for body in bodies]

    return anyio.run(ask)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_of_ours_is_no_reward(path, fault):
    answer = post(fault, path)
    assert answer.status_code == STATUS.get(path, 503), answer.text
    assert "reward" not in answer.json()


@pytest.mark.parametrize("path", [path for path in BODIES if path not in STATUS])
def test_the_error_says_that_there_is_no_verdict_and_not_that_the_queue_is_away(path):
    reply = post(UnscorableReason.DEADLINE, path).json()
    assert (reply["type"], reply["detail"]) == ("/problems/not-scored", "no verdict (deadline): in words")


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_nemo_gym_is_told_to_mask(fault):
    reply = post(fault, "/verify", MARKED).json()
    assert (reply["mask_sample"], reply["reward"]) == (True, 0.0)
    assert reply["failure_kind"] in ("provider_unavailable", "provider_quota_exhausted")
    assert reply["failure_reason"]


def test_the_url_says_which_word_is_wanted():
    assert post(FAULTS[0], "/verify?no_verdict=mask", BODIES["/verify"]).json()["mask_sample"] is True
    assert post(FAULTS[0], "/verify?no_verdict=refuse", MARKED).status_code == 503


@pytest.mark.parametrize("path", ["/get_reward", "/remote_rm", "/test_program", "/verify"])
def test_a_suite_without_a_valid_test_is_an_error_of_the_label(path):
    assert post(UnscorableReason.INVALID_SUITE, path).status_code == 422


def test_nemo_gym_masks_a_suite_without_a_valid_test():
    reply = post(UnscorableReason.INVALID_SUITE, "/verify", MARKED).json()
    assert (reply["mask_sample"], reply["failure_kind"]) == (True, "verifier_error")


BAD_ROWS = {
    "no tests": {**MARKED, "ground_truth": None},
    "another shape": {**MARKED, "ground_truth": {"answer": 42}},
}


@pytest.mark.parametrize("row", BAD_ROWS.values(), ids=BAD_ROWS)
def test_nemo_gym_masks_a_bad_row_once_a_row_was_usable(row):
    """Until then, all rows may be wrong, and masking all would be a training without rewards and without an error."""
    refused, judged, masked, other = post_all(
        UnscorableReason.INVALID_INPUT, "/verify", row, MARKED, row, {**row, "_ng_task_index": 4}
    )
    assert refused.status_code == 422
    assert judged.json()["mask_sample"] is False
    for answer in (masked, other):
        reply = answer.json()
        assert (reply["mask_sample"], reply["failure_kind"]) == (True, "verifier_error")
        assert reply["failure_reason"].startswith("verifier_metadata: the ground truth is")


def test_verifiers_gets_an_error_for_a_bad_row():
    """It would take the 0 beside ``mask_sample`` for a reward."""
    usable, bad = {**BODIES["/verify"]}, {**BODIES["/verify"], "ground_truth": {"answer": 42}}
    answers = post_all(UnscorableReason.INVALID_INPUT, "/verify", usable, bad)
    assert [answer.status_code for answer in answers] == [200, 422]


def test_a_wrong_option_is_never_a_bad_row():
    path = "/verify?threshold=7"
    answers = post_all(UnscorableReason.INVALID_INPUT, path, MARKED)
    assert answers[0].status_code == 422


def test_a_program_that_cannot_be_read_is_the_programs_own_fault():
    fault = UnscorableReason.INVALID_INPUT
    assert post(fault, "/get_reward").json()["rewards"] == [0.0]
    assert post(fault, "/test_program").json() == {
        "results": [0],
        "runtimes": [0.0],
    }
    assert post(fault, "/run_code").json()["status"] == "Failed"
    assert post(fault, "/verify").json()["mask_sample"] is False


BAD_ROWS = {
    "/get_reward": {"query": ["x"], "prompts": [""], "labels": ["no tests"]},
    "/remote_rm": {"prompt": "", "response": "x", "label": "no tests"},
}


@pytest.mark.parametrize("path", BAD_ROWS)
def test_a_bad_row_has_the_reward_of_the_url_once_a_row_was_usable(path):
    """Before that, perhaps every row is bad, and a training would get one reward for all of them in silence."""
    url, usable = f"{path}?bad_row_reward=0", UnscorableReason.INVALID_INPUT
    first, _, later = post_all(usable, url, BAD_ROWS[path], BODIES[path], BAD_ROWS[path])
    assert (first.status_code, later.status_code) == (422, 200)
    assert later.json() == 0.0 or later.json()["rewards"] == [0.0]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("path", BAD_ROWS)
def test_a_fault_of_the_service_never_has_the_reward_of_bad_rows(path, fault):
    assert post(fault, f"{path}?bad_row_reward=0", BODIES[path]).status_code == 503
