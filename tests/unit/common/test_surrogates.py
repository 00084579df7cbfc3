import pytest
from pydantic import BaseModel

from services.common.bodies import parse
from services.common.problem_error import ProblemError


class Row(BaseModel):
    text: str
    number: int = 0


def test_half_a_surrogate_pair_is_replaced():
    assert parse(b'{"text": "a\\ud83d"}', Row).text == "a?"


def test_a_whole_pair_stays():
    assert parse(b'{"text": "\\ud83d\\ude00"}', Row).text == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b'{"text": "a"', "malformed-json"),
        (b'{"text": "\\ud83d"', "malformed-json"),
        (b'{"text": "\\ud83d", "number": "x"}', "invalid-request"),
        (b'{"text": "a", "number": "x"}', "invalid-request"),
        (b"[" * 100_000 + b'"\\ud83d"', "malformed-json"),
    ],
    ids=["cut off", "cut off, with half a pair", "wrong, with half a pair", "wrong", "too deep"],
)
def test_what_else_is_wrong_is_said(body, slug):
    with pytest.raises(ProblemError) as caught:
        parse(body, Row)
    assert caught.value.slug == slug
