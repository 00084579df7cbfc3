"""The service over HTTP, with its own client: scores, ranks, tokens saved, and errors for bad input."""

import json

import httpx2
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from clients import (
    AsyncRewardModel,
    Executor,
    InvalidRequestError,
    NotFoundError,
    RewardModel,
    Suite,
    best_of_n,
    best_of_n_async,
)
from clients.contract import ScoringRequest
from services.rm.tokens.prefix_sharing import tokens_after_sharing
from tests.support.rm_server import served
from tests.support.tiny_models import save_as_acecoderm, save_classification

PROMPT = "Write f."
CANDIDATES = ["def f(): return 1", "def f(): pass", "def f(x): return [x]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_classification(folder)
    return folder


@pytest.fixture(scope="module")
def url(folder):
    with served(folder, max_tokens=200) as address:
        yield address


def transformers_scores(folder):
    """Scores as users compute them today: one conversation at a time."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    scores = []
    for candidate in CANDIDATES:
        chat = [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": candidate}]
        ids = tokenizer.apply_chat_template(chat, tokenize=True, return_dict=True, return_tensors="pt")[
            "input_ids"
        ]
        with torch.inference_mode():
            scores.append(float(model(ids).logits[0, 0]))
    return scores


def test_scores_are_those_of_transformers(folder, url):
    with RewardModel(url) as model:
        assert model.score(PROMPT, CANDIDATES) == pytest.approx(transformers_scores(folder), abs=1e-5)
        assert model.score([{"role": "user", "content": PROMPT}], CANDIDATES) == model.score(
            PROMPT, CANDIDATES
        )


def test_a_group_has_ranks_and_the_tokens_saved(url):
    with RewardModel(url) as model:
        group = {"id": "g", "prompt": "Another question.", "candidates": [*CANDIDATES, CANDIDATES[0]]}
        response = model.score_groups([group, {"prompt": "p", "candidates": []}])
        first, empty = response.groups
        ranks = [score.rank for score in first.scores]
        assert sorted(ranks) in ([1, 1, 3, 4], [1, 2, 2, 4], [1, 2, 3, 3])
        best = max(first.scores, key=lambda score: score.score)
        assert best.rank == 1
        assert (first.id, empty.scores) == ("g", [])
        assert first.scores[3].cached
        assert response.usage.tokens == sum(score.tokens for score in first.scores)
        rendered = model.render([group]).groups[0].candidates
        assert response.usage.computed == tokens_after_sharing(
            [tuple(candidate.token_ids) for candidate in rendered[:3]]
        )
        alone = sum(score.tokens for score in first.scores[:3])
        assert response.usage.computed <= alone - 2 * first.shared_tokens
        assert response.usage.saved == response.usage.tokens - response.usage.computed
        assert response.version == model.model().version


def test_what_is_scored_can_be_looked_at(url):
    with RewardModel(url) as model:
        (group,) = model.render([{"prompt": "Q", "candidates": ["A", ""]}]).groups
        good, empty = group.candidates
        assert good.text == "<user>Q<end><assistant>A<end>"
        assert good.scored_position == len(good.token_ids) - 1
        assert good.scored_token == "<end>"
        assert "empty" in empty.error


def test_one_bad_candidate_does_not_affect_its_batch(url):
    with RewardModel(url) as model:
        group = {"prompt": "Q", "candidates": ["A", "", "long " * 99, "B"]}
        scores = model.score_groups([group]).groups[0].scores
        assert [score.score is not None for score in scores] == [True, False, False, True]
        assert "empty" in scores[1].error
        assert "the model takes 200" in scores[2].error
        assert not scores[2].retryable
        cut = model.score_groups([group], truncation="middle").groups[0].scores[2]
        assert cut.truncated
        assert cut.tokens == 200


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (
            {"groups": [{"prompt": "Q", "candidates": "A"}]},
            "groups[0].candidates",
            "should be a list of texts",
        ),
        ({"groups": [{"prompt": "Q", "candidates": ["A"]}], "fromat": "chat"}, "fromat", "unknown field"),
        ({"groups": [{"prompt": "Q", "candidates": ["A"]}], "format": "x"}, "format", "the formats are"),
        ({"groups": [{"prompt": [{"role": "user"}], "candidates": ["A"]}]}, "groups[0].prompt", "required"),
    ],
)
def test_a_wrong_request_is_refused_by_its_field(url, body, field, message):
    answer = httpx2.post(f"{url}/v1/scores", json=body)
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert any(name.startswith(field) and message in text for name, text in errors.items()), errors


def test_the_client_says_which_argument_is_wrong(url):
    with RewardModel(url) as model:
        with pytest.raises(TypeError, match="candidates is of type str"):
            model.score("Q", "A")
        with pytest.raises(TypeError, match="give a list of groups"):
            model.score_groups({"prompt": "Q", "candidates": ["A"]})
        with pytest.raises(ValueError, match="truncation"):
            model.score("Q", ["A"], truncation="end")
        with pytest.raises(InvalidRequestError, match="the formats are"):
            model.score("Q", ["A"], format="none")


def test_a_client_of_the_executor_gets_an_error_that_names_the_service(url):
    suite = Suite(id="s", asserts=["assert f() == 1"])
    with (
        Executor(url) as executor,
        pytest.raises(NotFoundError, match="this is a reward model; set ACECODER_URL"),
    ):
        executor.execute(["def f(): return 1"], suite)


def test_a_wrong_prompt_affects_its_own_group_only(url):
    answered = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    strange = [{"role": "usr", "content": "Q"}]
    with RewardModel(url) as model:
        response = model.score_groups(
            [{"prompt": prompt, "candidates": ["A", "B"]} for prompt in (answered, strange, "Q")]
        )
    first, second, third = ([score.error for score in group.scores] for group in response.groups)
    assert all("ends with an assistant turn" in error for error in first)
    assert all("does not know the role 'usr'" in error for error in second)
    assert third == [None, None]


def test_half_a_surrogate_pair_is_scored(url):
    body = json.dumps({"groups": [{"prompt": "Q", "candidates": ["A\ud83d", "B"]}]})
    answer = httpx2.post(f"{url}/v1/scores", content=body).json()
    assert all(score["score"] is not None for score in answer["groups"][0]["scores"])


def test_the_best_by_the_reward_model_alone(url, monkeypatch):
    monkeypatch.setenv("ACECODER_RM_URL", url)
    with RewardModel() as model:
        scores = model.score(PROMPT, CANDIDATES)
    for best in (
        best_of_n(PROMPT, CANDIDATES, by="rm"),
        best_of_n(PROMPT, CANDIDATES, by="rm", scorer=model),
    ):
        assert best.winner == scores.index(max(scores))
        assert best.scores == scores
        assert "highest score" in best.reasons[0]


@pytest.mark.anyio
async def test_the_same_awaited_with_large_requests_in_parts(url):
    async with AsyncRewardModel(url) as model:
        whole = await model.score_groups([{"prompt": f"Q{n}", "candidates": CANDIDATES} for n in range(6)])
        best = await best_of_n_async(PROMPT, CANDIDATES, by="rm", scorer=model)
        assert best.winner is not None
    small = ScoringRequest.model_validate({"groups": [{"prompt": "Q0", "candidates": CANDIDATES}]})
    from dataclasses import replace

    config = replace(model.config, max_body_bytes=len(small.model_dump_json()))
    async with AsyncRewardModel(config=config) as cut:
        parts = await cut.score_groups([{"prompt": f"Q{n}", "candidates": CANDIDATES} for n in range(6)])
    for one, other in zip(whole.groups, parts.groups, strict=True):
        assert [score.score for score in one.scores] == [score.score for score in other.scores]
    assert parts.usage.tokens == whole.usage.tokens


def test_acecoderms_layout_is_served(tmp_path):
    save_as_acecoderm(tmp_path)
    with served(tmp_path, format="acecode-training") as address, RewardModel(address) as model:
        info = model.model()
        assert (info.layout, info.format, info.sharing) == ("value head", "acecode-training", "spans")
        scores = model.score(PROMPT, CANDIDATES)
        assert len(set(scores)) == 3
        assert scores != model.score(PROMPT, CANDIDATES, format="chat")


def test_a_key_is_required_and_sent(folder):
    with served(folder, token="secret-of-ours") as address:
        with RewardModel(address, token="secret-of-ours") as model:
            assert len(model.score(PROMPT, CANDIDATES)) == 3
        assert httpx2.post(f"{address}/v1/scores", json={"groups": []}).status_code == 401
        assert httpx2.get(f"{address}/healthz").status_code == 200


def test_a_failure_of_the_service_is_retried(folder, monkeypatch):
    from services.rm.engine.engine import Engine

    failures = iter([RuntimeError("a transient fault")])
    run = Engine.run

    def fails_once(self, *args):
        for error in failures:
            raise error
        return run(self, *args)

    monkeypatch.setattr(Engine, "run", fails_once)
    with served(folder) as address, RewardModel(address) as model:
        assert None not in model.score(PROMPT, CANDIDATES[:1])
