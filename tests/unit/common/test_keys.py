"""Which keys can be sent, who holds a key, and which addresses only this machine reaches."""

import pytest
from pydantic import SecretStr, ValidationError

from services.common.keys import Keys, is_loopback
from services.executor.settings import ExecutorSettings


def test_a_key_belongs_to_who_holds_it():
    keys = Keys({"alice": SecretStr("one"), "bob": SecretStr("two")})
    assert [keys.holder(given) for given in ("one", "two", "three", "", "on", "one ", "\ud800")] == [
        "alice",
        "bob",
        *[None] * 5,
    ]
    assert not Keys({})


def test_keys_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("EXECUTOR_TOKEN", "single")
    monkeypatch.setenv("EXECUTOR_TOKENS__ALICE", "one")
    found = ExecutorSettings(_env_file=None).all_keys()
    assert {name: token.get_secret_value() for name, token in found.items()} == {
        "default": "single",
        "alice": "one",
    }
    monkeypatch.setenv("EXECUTOR_TOKEN", "")
    assert set(ExecutorSettings(_env_file=None).all_keys()) == {"alice"}


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"bob": "with space"}, "the key of 'bob'"),
        ({"bob": ""}, "the key of 'bob'"),
        ({"bob": "a/b"}, "openssl rand -hex 32"),
        ({"bob": "same-thing", "eve": "same-thing"}, "two names have the same key"),
    ],
)
def test_a_key_that_no_client_could_send_is_refused_and_not_quoted(tokens, words):
    with pytest.raises(ValidationError) as caught:
        ExecutorSettings(_env_file=None, tokens=tokens)
    assert words in str(caught.value)
    assert not [token for token in tokens.values() if token and token in str(caught.value)]


def test_two_keys_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="drop one"):
        ExecutorSettings(_env_file=None, token="a", tokens={"default": "b"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "::ffff:127.0.0.1"])
def test_this_machine_alone(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.1.2.3", "::ffff:10.1.2.3", "no.such.host.invalid"])
def test_not_this_machine_alone(host):
    assert not is_loopback(host)
