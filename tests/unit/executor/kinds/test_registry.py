"""Every kind of test is registered, and the hashes of tests never change: they are stored beside pass rates."""

import pytest

from clients.contract import Comparison, IoTest, Suite, TestKind
from services.executor.kinds.registry import KINDS, kind_of

IO_TESTS = [
    IoTest(stdin="1\n", stdout="2\n"),
    IoTest(stdin="1\n", stdout=None),
    IoTest(stdin="", stdout="é", files={"b.txt": "YQ==", "a/c": ""}),
]
SUITE_OF = {
    TestKind.ASSERTS: Suite(id="a", asserts=["assert f(1)", "assert f(2)", "assert f(3)"], weights=[1, 2, 3]),
    TestKind.IO: Suite(id="i", io=IO_TESTS),
    TestKind.CHECK: Suite(id="c", check="def check(f): assert f(1)", entry_point="f"),
}


def hash_each(suite):
    return kind_of(suite).hash_each(suite)


def test_every_kind_of_the_contract_is_registered():
    assert set(KINDS) == set(TestKind) == set(SUITE_OF)


@pytest.mark.parametrize("kind", TestKind)
def test_a_valid_suite_has_no_faults_and_one_hash_a_test(kind):
    suite = SUITE_OF[kind]
    assert kind_of(suite) is KINDS[kind]
    assert KINDS[kind].find_faults(suite) == {}
    assert len(hash_each(suite)) == suite.size


@pytest.mark.parametrize("kind", [TestKind.ASSERTS, TestKind.IO])
def test_invalid_tests_are_left_out_and_the_others_keep_their_order(kind):
    suite = SUITE_OF[kind]
    kept = KINDS[kind].without(suite, {1})
    assert getattr(kept, kind) == [getattr(suite, kind)[0], getattr(suite, kind)[2]]
    assert kept.weights is None


@pytest.mark.parametrize(
    ("suite", "hashes"),
    [
        (
            Suite(id="a", asserts=["assert f(1) == 2", "assert f(2) == 3"]),
            ["b02bb3b979ac7d05", "33d6fb6e791043f3"],
        ),
        (
            Suite(id="b", asserts=["assert f(1) == 2"], setup="import math", entry_point="f"),
            ["5f5f4979c259b970"],
        ),
        (
            Suite(id="c", check="def check(candidate): assert candidate(1) == 2", entry_point="f"),
            ["ffcc2fd0ae376088"],
        ),
        (
            Suite(
                id="d",
                check="def check(candidate): assert candidate(1) == 2",
                entry_point="Solution.f",
                setup="x = 1",
            ),
            ["7d6bf081be13f788"],
        ),
        (
            Suite(id="e", io=IO_TESTS, comparison=Comparison(mode="trailing_newline")),
            ["217d56b17ccfa325", "d06233e4cd87d37f", "65f74ad114500ba7"],
        ),
        (
            Suite(id="f", io=IO_TESTS[:1], comparison=Comparison(mode="float", abs_tol=0.5)),
            ["1e02ff263c1f9e5a"],
        ),
    ],
)
def test_hashes_are_the_ones_that_earlier_releases_wrote(suite, hashes):
    assert hash_each(suite) == hashes


def test_hashes_tell_tests_apart_by_what_they_mean():
    def of(**fields):
        return hash_each(Suite(id="any", **fields))

    same = [of(asserts=["assert a"]), of(asserts=["assert a"], weights=[2]), of(asserts=["assert a"])]
    assert len({tuple(hashes) for hashes in same}) == 1
    different = [
        of(asserts=["assert a"]),
        of(asserts=["assert a "]),
        of(asserts=["assert a"], setup="import b"),
        of(check="assert a", entry_point="f"),
        of(check="assert a", entry_point="g"),
        of(io=[IoTest(stdin="ab", stdout="c")]),
        of(io=[IoTest(stdin="a", stdout="bc")]),
        of(io=[IoTest(stdin="ab", stdout="c")], comparison=Comparison(mode="tokens")),
    ]
    assert len({tuple(hashes) for hashes in different}) == len(different)
    assert all(len(name) == 16 for hashes in different for name in hashes)
