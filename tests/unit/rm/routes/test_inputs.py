"""What rows and turns may look like, and what is made of them."""

import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.testclient import TestClient

from services.rm.app import create_app
from services.rm.routes.inputs import Cut, Input, Rows, items_of_rows
from services.rm.routes.rendered import without_end_tokens
from services.rm.settings import RmSettings
from tests.unit.rm.fake_backend import FakeBackend

READ = TypeAdapter(Input)
BACKEND = FakeBackend(lambda _: 0.0, max_tokens=10)


@pytest.mark.parametrize(
    ("value", "rows", "is_single"),
    [
        ("a", ("a",), True),
        (["a", "b"], ("a", "b"), False),
        ([1, 2], ((1, 2),), True),
        ([[1], [2, 3]], ((1,), (2, 3)), False),
        ([[]], ((),), False),
        ([], (), False),
    ],
)
def test_shapes(value, rows, is_single):
    assert READ.validate_python(value) == Rows(rows, is_single)


@pytest.mark.parametrize("value", [1, None, {"a": 1}, ["a", 1], [True], [[1], "a"], [1.0], [[[1]]]])
def test_other_shapes_are_refused_in_words(value):
    with pytest.raises(ValidationError, match="a list of token ids"):
        READ.validate_python(value)


@pytest.mark.parametrize(
    ("length", "cut", "kept", "error"),
    [
        (8, None, 8, None),
        (12, None, 0, "12 tokens"),
        (12, Cut(-1), 10, None),
        (12, Cut(5), 5, None),
        (4, Cut(5), 4, None),
        (12, Cut(11), 0, "11 tokens"),
        (12, Cut(5, "right"), 0, "lose the end"),
        (5, Cut(5, "right"), 5, None),
        (5, Cut(0), 0, "no token"),
    ],
)
def test_cutting(length, cut, kept, error):
    (item,) = items_of_rows([tuple(range(length))], BACKEND, cut=cut)
    assert item.ids == tuple(range(length))[length - kept :]
    assert item.truncated == (0 < kept < length)
    assert (error in item.error) if error else item.error is None


def test_without_a_known_limit_nothing_is_cut_unless_the_client_names_a_length():
    (item,) = items_of_rows([tuple(range(200))], FakeBackend(lambda _: 0.0), cut=Cut(-1))
    assert (len(item.ids), item.truncated) == (200, False)


def test_special_tokens_at_the_end_of_an_answer_are_the_templates():
    writer = BACKEND.writer
    assert without_end_tokens("def f(): pass<end><pad><pad>", writer) == "def f(): pass"
    assert without_end_tokens("a <end> b", writer) == "a <end> b"
    assert without_end_tokens("<end>", writer) == ""


def test_a_token_that_the_model_has_not_costs_its_row():
    """Tokenizers may know more tokens than the model: here one was added. On a GPU its id would end the process."""
    backend = FakeBackend(lambda _: 0.0)
    backend.writer.tokenizer.add_special_tokens({"additional_special_tokens": ["<added>"]})
    good, bad = items_of_rows(["a", "an <added> one"], backend)
    assert good.error is None
    assert "259 is outside the model's vocabulary of 259" in bad.error


def test_such_a_token_is_found_in_conversations_too():
    backend = FakeBackend(lambda _: 1.0)
    backend.writer.tokenizer.add_special_tokens({"additional_special_tokens": ["<added>"]})
    settings = RmSettings(model="m", _env_file=None)
    with TestClient(create_app(settings, backend), client=("127.0.0.1", 1)) as http:
        groups = [
            {"prompt": "q", "candidates": ["a", "an <added> one"]},
            {"prompt": "<added>", "candidates": ["a"]},
        ]
        reply = http.post("/v1/scores", json={"groups": groups}).json()["groups"]
    good, text, bad = (each for group in reply for each in group["scores"])
    assert text["score"] == 1.0, "a candidate's is text"
    assert (good["score"], bad["score"], bad["retryable"]) == (1.0, None, False)
    assert "outside the model's vocabulary" in bad["error"]
