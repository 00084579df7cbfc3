"""Question, signature and tests settle on one function, or the row is told apart from those that do."""

import pytest

from services.synth.questions.signatures import NoEntryPointError, read_signature, settle, signature_line

TESTS = ["assert median([1, 2]) == 1.5", "assert median([]) == 0", "assert median([3]) == 3"]


def test_a_signature_in_the_text_stays_as_it_is():
    text = "Write `def median(values: list[float]) -> float`."
    settled = settle(text, "def median(values: list[float]) -> float", TESTS)
    assert (settled.entry_point, settled.text, settled.changes) == ("median", text, ())


def test_a_signature_that_the_text_left_out_is_added():
    settled = settle("Find the median.", "median(values: list[float]) -> float:", TESTS)
    assert settled.changes == ("added",)
    assert settled.text.endswith("```python\ndef median(values: list[float]) -> float\n```")


def test_a_missing_signature_is_inferred_from_calls_and_constants():
    settled = settle("Find the median of `values`.", "", TESTS)
    assert settled.signature == "def median(values: list[int]) -> float"
    assert settled.changes == ("inferred", "added")


@pytest.mark.parametrize(
    ("tests", "signature"),
    [
        (
            ["assert f(1, 'a') is None", "assert f(-2, 'b') is None"],
            "def f(value1: int, value2: str) -> None",
        ),
        (["assert f(1) == [1]", "assert f(2, 3) == ['a']"], "def f(*values) -> list"),
        (["assert f(1, key={'a': 1}) == (1, 'x')"], "def f(value: int, key=None) -> tuple[int, str]"),
        (["assert list(f('ab')) == ['a', 'b']"], "def f(value: str)"),
        (["assert f() == 1"], "def f() -> int"),
    ],
)
def test_signatures_from_tests(tests, signature):
    assert settle("Do it.", "", tests).signature == signature


def test_the_name_that_the_tests_call_wins_over_another_in_signature_and_text():
    settled = settle("Write `middle(values)`; middles differ.", "def middle(values: list) -> float", TESTS)
    assert settled.entry_point == "median"
    assert settled.text.startswith("Write `median(values)`; middles differ.")
    assert settled.changes == ("renamed", "added")


def test_a_helper_that_takes_other_arguments_is_not_the_function():
    with pytest.raises(NoEntryPointError, match="tests call median in another way"):
        settle("Q", "def middle(a, b, c)", TESTS)


def test_tests_that_call_many_functions_settle_on_none():
    with pytest.raises(NoEntryPointError, match="half of the tests"):
        settle("Q", "", ["assert a(1) == 1", "assert b(1) == 1", "assert c(1) == 1"])


def test_without_tests_the_signature_names_the_function():
    assert settle("Find the median.", "def median(values)", []).entry_point == "median"


@pytest.mark.parametrize(
    "text",
    [
        "def f(a: int = 3, *, b) -> str",
        "def f(a: int = 3, *, b) -> str:\n    ...",
        "`f(a: int = 3, *, b) -> str:`",
    ],
)
def test_signatures_are_read_with_and_without_def_and_body(text):
    assert signature_line(read_signature(text)) == "def f(a: int=3, *, b) -> str"


@pytest.mark.parametrize("text", ["", "f", "a median of values", "def f(", "class F: pass", "x = 1"])
def test_other_text_is_no_signature(text):
    assert read_signature(text) is None
