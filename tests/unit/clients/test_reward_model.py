"""Errors of the reward model's client name its own command, its own variables and its own address."""

import pickle
import socket

import pytest

from clients import CannotConnectError, NotFoundError, RewardModel, UnauthorizedError
from clients.config import ClientConfig
from clients.contract import PROBLEMS, ProblemDetails, Slug
from clients.errors import error_for
from clients.reward_model import _for_reward_model

URL = "http://127.0.0.1:8000"


def refused(slug, detail=""):
    kind = PROBLEMS[slug]
    return error_for(
        ProblemDetails(type=f"/problems/{slug}", title=kind.title, status=kind.status, detail=detail), 2.0
    )


def test_where_nothing_listens_it_names_the_command_and_the_variable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # the port is taken, and no server listens
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        config = ClientConfig(url=url, connect_s=0.01)
        with RewardModel(config=config) as model, pytest.raises(CannotConnectError) as raised:
            model.score("Q", ["A"])
    message = str(raised.value)
    assert message.startswith(f"nothing answers at {url} (")
    assert "`acecoder serve-rm FOLDER`" in message
    assert "ACECODER_RM_URL" in message
    assert "acecoder up" not in message


def test_another_service_at_the_address_is_reported_as_that():
    error = _for_reward_model(refused(Slug.NOT_FOUND, "POST /v1/scores"), URL)
    assert isinstance(error, NotFoundError)
    assert f"POST /v1/scores at {URL}, which is not the address of a reward model" in str(error)
    assert "ACECODER_RM_URL to its address (default: http://127.0.0.1:8100" in str(error)


def test_the_key_is_named_by_its_own_variable_and_the_error_travels():
    error = _for_reward_model(refused(Slug.UNAUTHORIZED, "Send the header."), URL)
    assert isinstance(error, UnauthorizedError)
    assert str(error).endswith("the client reads the key from ACECODER_RM_TOKEN")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("prompt", "candidates", "error", "message"),
    [
        (None, ["A"], TypeError, "prompt is of type NoneType; give a text, or a list of messages"),
        ({"role": "user", "content": "Q"}, ["A"], TypeError, "prompt is of type dict"),
        (["Q"], ["A"], TypeError, r"prompt\[0\] is of type str; give \{'role': 'user', 'content'"),
        (
            [{"role": "user", "content": [{"type": "text"}]}],
            ["A"],
            ValueError,
            r"prompt\[0\].content: should be",
        ),
        ([{"role": "user"}], ["A"], ValueError, r"prompt\[0\].content: required"),
        ([{"role": "user", "content": "Q", "name": "x"}], ["A"], ValueError, r"prompt\[0\].name: unknown"),
        ("Q", "A", TypeError, "candidates is of type str; give a list of texts"),
        ("Q", None, TypeError, "candidates is of type NoneType; give a list of texts"),
        ("Q", 3, TypeError, "candidates is of type int"),
        ("Q", ["A", None], ValueError, r"candidates\[1\]: should be a valid string"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(prompt, candidates, error, message):
    with RewardModel("http://127.0.0.1:1") as model, pytest.raises(error, match=message):
        model.score(prompt, candidates)
