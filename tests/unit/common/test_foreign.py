import pytest
from starlette.requests import Request

from services.common.foreign import options_of
from services.common.problem_error import ProblemError
from services.executor.routes.options import JudgingOptions


def options(query):
    return options_of(Request({"type": "http", "query_string": query, "headers": []}), JudgingOptions)


def test_options_are_read_from_the_url():
    read = options(b"environment=base&cpu_s=4&reward=signed")
    assert (read.environment, read.limits.cpu_s, read.policy.kind) == ("base", 4.0, "signed")


@pytest.mark.parametrize(
    "query", [b"cpu=4", b"cpu_s=0", b"cpu_s=inf", b"fence_bonus=1e999", b"threshold=nan"]
)
def test_a_wrong_option_is_named(query):
    with pytest.raises(ProblemError) as caught:
        options(query)
    assert caught.value.slug == "invalid-request"
    assert [error.field for error in caught.value.errors] == [query.decode().partition("=")[0]]
