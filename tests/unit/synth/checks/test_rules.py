"""Each test that is no use as a test is dropped for its own reason, and tests in every honest form are kept."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.contract import Question, TestDrop
from services.synth.checks.comparisons import Comparator, parse_test
from services.synth.checks.rules import CheckedTest, Fault, check_test, subject_of
from tests.conftest import examples

QUESTION = Question(
    text="?", entry_point="f", signature="def f(values: list[int], base: int = 10) -> list[int]"
)
ONE = Question(text="?", entry_point="f", signature="def f(x)")


def reason(source, question=ONE, max_chars=4000):
    outcome = check_test(source, subject_of(question), max_chars)
    return outcome.reason if isinstance(outcome, Fault) else None


def key(source, question=ONE):
    outcome = check_test(source, subject_of(question), 4000)
    assert isinstance(outcome, CheckedTest), outcome
    return outcome.comparison_key


@pytest.mark.parametrize(
    ("source", "comparator"),
    [
        ("assert f(1) == 2", Comparator.EQUAL),
        ("assert 2 == f(1)", Comparator.EQUAL),
        ("assert f(1) is None", Comparator.EQUAL),
        ('assert f("a") == "b", "a message"', Comparator.EQUAL),
        ("assert f([1, 2] * 3) == {1: (2, 3), 'k': [None]}", Comparator.EQUAL),
        ("assert f(float('inf')) == set()", Comparator.EQUAL),
        ("assert f(math.pi) == Counter('aab')", Comparator.EQUAL),
        ("assert f([]) == [i * i for i in range(3)]", Comparator.EQUAL),
        ("assert f(-1) == 2**70", Comparator.EQUAL),
        ("assert f('x') == 'a' + 'b'", Comparator.EQUAL),
        ("assert f(1)", Comparator.TRUTH),
        ("assert not f(1)", Comparator.TRUTH),
        ("assert abs(f(1) - 0.1) < 1e-6", Comparator.CLOSE),
        ("assert math.isclose(f(1), 0.1, rel_tol=1e-9)", Comparator.CLOSE),
        ("assert isclose(0.1, f(1))", Comparator.CLOSE),
        ("assert f(1) == approx(0.1)", Comparator.CLOSE),
        ("assert round(f(1), 2) == 0.33", Comparator.VIEW),
        ("assert sorted(f([2, 1])) == [1, 2]", Comparator.VIEW),
        ("assert set(f([2, 1])) == {1, 2}", Comparator.VIEW),
        ("assert len(f([2, 1])) == 2", Comparator.VIEW),
        ("assert f([2, 1])[0] == 2", Comparator.VIEW),
        ("assert f(1) in (1, 2)", Comparator.MEMBER),
        ("assert 3 in f(1)", Comparator.MEMBER),
        ("assert f(1) > 0", Comparator.ORDER),
        ("assert isinstance(f(1), list)", Comparator.PROPERTY),
        ("assert f('a').startswith('b')", Comparator.PROPERTY),
        ("assert all(x > 0 for x in f([1]))", Comparator.PROPERTY),
        ("assert list(map(f, [1, 2])) == [2, 3]", Comparator.VIEW),
        ("assert f(1) == 1 or f(1) == 2", Comparator.COMPOUND),
        ("assert f(1) == 1 and f(2) == 4", Comparator.COMPOUND),
        ("assert 0 < f(1) < 2", Comparator.PROPERTY),
    ],
)
def test_every_honest_form_is_kept(source, comparator):
    assert reason(source) is None
    assert parse_test(source, "f").comparator is comparator


@pytest.mark.parametrize(
    ("drop", "sources"),
    [
        (TestDrop.SYNTAX, ["assert f(1) == ", "assert f(1) == 2,", 'assert f(") == 2', "\0", "(" * 3000]),
        (
            TestDrop.NOT_AN_ASSERT,
            [
                "f(1) == 2",
                "print(f(1))",
                "x = 1\nassert f(x) == 2",
                "",
                "# nothing",
                "assert f(1) == 1; assert f(2) == 2",
            ],
        ),
        (
            TestDrop.WRONG_NAME,
            ["assert g(1) == 2", "assert callable(f)", "assert f", "assert m.f(1) == 2", "assert True"],
        ),
        (
            TestDrop.VACUOUS,
            [
                'assert f("aba") == "bab" or "aba"',
                "assert f(1) == 2 or True",
                "assert (f(1) == 2, 'message')",
                "assert [f(1)]",
                "assert {f(1)}",
                "assert {'a': f(1)}",
                "assert (f(1) == x for x in [1, 2])",
                "assert lambda: f(1) == 2",
                "assert f'{f(1)} is the answer'",
                "assert not (f(1) and False)",
                "assert True if f(1) else 1",
                "assert f(1) == 2 and False",
                "assert 1 == 1 or f(1)",
                "assert [f(1)] or f(2)",
            ],
        ),
        (
            TestDrop.NOT_CONSTANT,
            [
                "assert f(1) == f(2)",
                "assert f(f(1)) == 1",
                "assert f(1) == g(1)",
                "assert f(encode('a')) == 'a'",
                "assert f(1) == x",
                "assert f(x) == 1",
                "assert f(1) == eval('2')",
                "assert f(1) == id(1)",
                "assert f(1) == datetime.datetime.now()",
                "assert f(1) == random.random()",
            ],
        ),
        (
            TestDrop.WRONG_ARITY,
            ["assert f() == 1", "assert f(1, 2) == 1", "assert f(y=1) == 1", "assert f(1, x=2) == 1"],
        ),
    ],
)
def test_each_fault_has_its_reason(drop, sources):
    assert {source: reason(source) for source in sources} == dict.fromkeys(sources, drop)


def test_a_test_of_the_limit_is_kept_and_one_character_more_is_too_large():
    source = "assert f(1) == 2"
    assert reason(source, max_chars=len(source)) is None
    assert reason(source + " ", max_chars=len(source)) is TestDrop.TOO_LARGE


def test_a_test_that_is_nested_too_deeply_is_too_large():
    assert reason("assert f(1) == " + "-" * 50 + "1") is None
    assert reason("assert f(1) == " + "-" * 500 + "1") is TestDrop.TOO_LARGE
    assert reason("assert f(" + "[" * 150 + "]" * 150 + ") == 1") is TestDrop.TOO_LARGE


def test_values_that_are_too_expensive_are_not_computed():
    for source in (
        "assert f(1) == 9**9**9",
        "assert f(1) == 'a' * 10**12",
        "assert f(1) == [[[0] * 9999] * 9999] * 9999 or f(2) == [[[0] * 9999] * 9999] * 9999",
        "assert f(1) == round(5, -10**9)",
        "assert f(1) == list(range(10**12))",
        "assert f(1) == '%999999999d' % 1",
    ):
        assert reason(source) is None


def test_names_of_the_setup_are_constants():
    question = ONE.model_copy(
        update={"setup": "from bisect import insort\nLIMIT = 3\ndef make(n): return [n]"}
    )
    assert reason("assert f(make(LIMIT)) == 1", question) is None
    assert reason("assert f(make(OTHER)) == 1", question) is TestDrop.NOT_CONSTANT


@pytest.mark.parametrize("signature", ["", "no signature at all", "f(x", "def f(*values)"])
def test_a_signature_that_says_nothing_drops_nothing(signature):
    question = ONE.model_copy(update={"signature": signature})
    assert reason("assert f(1, 2) == 1", question) is None


@pytest.mark.parametrize(
    "signature", ["f(x, *, key=None)", "def f(x, *, key=None):", "async def f(x, *, key=None)"]
)
def test_a_signature_may_lack_its_def_and_its_colon(signature):
    question = ONE.model_copy(update={"signature": signature})
    assert reason("assert f(1, key=2) == 1", question) is None
    assert reason("assert f(1, 2) == 1", question) is TestDrop.WRONG_ARITY


def test_arguments_that_are_not_written_out_are_not_counted():
    assert reason("assert f(*[1, 2, 3]) == 1") is None
    assert reason("assert f(**{'x': 1}) == 1") is None


def test_equal_comparisons_have_one_key():
    same = [
        "assert f([1]) == 2",
        "assert 2 == f([1])",
        "assert f(values=[1]) == 2",
        "assert (f([1]) == (2)), 'm'",
    ]
    assert len({key(source, QUESTION) for source in same}) == 1
    assert key("assert f([1], 2) == 3", QUESTION) == key("assert f(base=2, values=[1]) == 3", QUESTION)
    assert key("assert f(1) is True") == key("assert f(1) == True")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("assert f(1) == 2", "assert f(2) == 2"),
        ("assert f(1) == 2", "assert f(1) == 3"),
        ("assert f(1) == 2", "assert f(1.0) == 2"),
        ("assert f(1) == 2", "assert f(1) != 2"),
        ("assert f('1') == 2", "assert f(1) == 2"),
        ("assert sorted(f(1)) == [2]", "assert f(1) == [2]"),
        ("assert f(1)", "assert f(1) == True"),
        ("assert f(1) == [1, 2]", "assert f(1) == (1, 2)"),
    ],
)
def test_other_comparisons_have_other_keys(one, other):
    assert key(one) != key(other)


PIECES = st.sampled_from(
    "f(1) f( ) [ ] { } : , == is in or and not if else lambda x 1 1.5 'a' None True ** * % - ~ 9**9**9 (f for f in) "
    "f'{f(1)}' *x **x . [0] abs( round( set( sorted( float('nan') 10**400 1/0 [][0] {}[1] 'a'*10**9 assert ; await".split()
)


@given(st.lists(PIECES, max_size=12).map(lambda pieces: "assert " + " ".join(pieces)) | st.text(max_size=40))
@settings(max_examples=examples(300), deadline=None)
def test_no_text_ends_the_check(source):
    outcome = check_test(source, subject_of(ONE), 4000)
    assert isinstance(outcome, Fault | CheckedTest)
    if isinstance(outcome, Fault):
        assert outcome.detail
    else:
        outcome.parsed.expected_value()
        assert outcome.parsed.truth_if(3) in (None, True, False)


def test_a_test_that_was_read_before_is_not_changed_by_the_checks():
    source = "assert 2 == f(x=1) and f(1) is 2"
    before = ast.dump(parse_test(source, "f").condition)
    for _ in range(2):
        assert reason(source) is None
        assert ast.dump(parse_test(source, "f").condition) == before


@pytest.mark.parametrize(
    ("condition", "is_one"),
    [("f(1) == 2", True), ("f(1) == f(1)", True), ("f(1) == f(2)", False), ("map(f, [1]) == 2", False)],
)
def test_the_only_call_may_be_written_several_times(condition, is_one):
    call = parse_test(f"assert {condition}", "f").call
    assert (call is not None and ast.unparse(call) == "f(1)") is is_one


@pytest.mark.parametrize("source", ["assert f(1) == {}", "assert f({}) == 1", "assert f(1)[{}] == 2"])
def test_an_integer_that_python_does_not_write_costs_its_test_and_not_its_row(source):
    assert reason(source.format("0x" + "f" * 3900)) is TestDrop.TOO_LARGE
    assert reason(source.format("0x" + "f" * 3000)) is None
