"""Replies are kept by what was asked; a killed process loses none that it returned."""

import dataclasses
import sqlite3
import subprocess
import sys

import pytest

from services.synth.llm.cache import Reply, ReplyCache, Spent, cache_keys
from services.synth.llm.dialect import ChatRequest
from services.synth.llm.model import Sampling

REQUEST = ChatRequest([{"role": "user", "content": "Hi"}], Sampling(), None, "solve", count=3)
REPLY = Reply("text \ud800 é", "stop", 10, 5, 0.25)


def test_a_reply_comes_back_as_it_went_in(tmp_path):
    with ReplyCache(tmp_path / "new" / "cache.sqlite") as cache:
        assert cache.get(b"k") is None
        assert cache.put(b"k", "m", "solve", REPLY) == REPLY
        assert cache.get(b"k") == REPLY


def test_the_first_of_two_replies_to_one_request_stays(tmp_path):
    with ReplyCache(tmp_path / "c") as cache:
        cache.put(b"k", "m", "solve", REPLY)
        assert cache.put(b"k", "m", "solve", Reply("other", "stop", 0, 0, 0)) == REPLY


def test_the_replies_of_a_request_are_kept_together_or_not_at_all(tmp_path):
    other = Reply("other", "stop", 0, 0, 0)
    with ReplyCache(tmp_path / "c") as cache:
        cache.put(b"1", "m", "solve", REPLY)
        assert cache.put_all([b"1", b"2"], "m", "solve", [other, other]) == [REPLY, other]
        unusable = dataclasses.replace(other, cost_usd=object())
        with pytest.raises(sqlite3.Error):
            cache.put_all([b"3", b"4"], "m", "solve", [other, unusable])
    with ReplyCache(tmp_path / "c") as cache:
        assert [cache.get(key) for key in (b"1", b"2", b"3", b"4")] == [REPLY, other, None, None]


def test_two_processes_share_a_file(tmp_path):
    with ReplyCache(tmp_path / "c") as one, ReplyCache(tmp_path / "c") as other:
        one.put(b"k", "m", "solve", REPLY)
        assert other.get(b"k") == REPLY


@pytest.mark.parametrize(
    "changed",
    [
        {"messages": [{"role": "user", "content": "Ho"}]}, {"sampling": Sampling(temperature=0.8)},
        {"sampling": Sampling(seed=1)}, {"schema": {"type": "object"}}, {"extra_body": {"top_k": 0}},
    ],
)  # fmt: skip
def test_each_part_of_a_request_belongs_to_the_key(changed):
    assert not set(cache_keys("m", REQUEST)) & set(cache_keys("m", dataclasses.replace(REQUEST, **changed)))
    assert not set(cache_keys("m", REQUEST)) & set(cache_keys("other", REQUEST))


def test_the_number_of_a_completion_belongs_to_the_key_and_purpose_and_count_do_not():
    keys = cache_keys("m", REQUEST)
    assert len(set(keys)) == 3
    assert cache_keys("m", dataclasses.replace(REQUEST, first=1, count=2, purpose="x")) == keys[1:]


def test_spent_sums_over_all_runs(tmp_path):
    for number in range(2):
        with ReplyCache(tmp_path / "c") as cache:
            cache.put(bytes([number]), "m", "solve", REPLY)
    with ReplyCache(tmp_path / "c") as cache:
        assert cache.spent() == [Spent("solve", "m", 2, 20, 10, 0.5)]


def test_a_killed_process_loses_no_reply(tmp_path):
    script = """
import os, signal, sys
from pathlib import Path
from services.synth.llm.cache import Reply, ReplyCache
cache = ReplyCache(Path(sys.argv[1]))
for number in range(100):
    cache.put(bytes([number]), "m", "solve", Reply("x" * 1000, "stop", 1, 1, 0.0))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path / "c")], check=False).returncode == -9
    with ReplyCache(tmp_path / "c") as cache:
        assert all(cache.get(bytes([number])) for number in range(100))
