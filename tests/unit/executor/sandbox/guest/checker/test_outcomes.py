"""The end of a test becomes an outcome and a message for people."""

import pytest

from services.executor.sandbox.guest.checker import outcomes

RAISED = ValueError("bad")
RAISED._acecoder_line = 3
NESTED = []
for _ in range(900):
    NESTED = [NESTED]


class Silent(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "outcome", "message"),
    [
        (RAISED, "runtime_error", "ValueError: bad (line 3)"),
        (ValueError("bad"), "wrong_answer", "ValueError: bad"),
        (AssertionError(), "wrong_answer", "returned [1]"),
        (AssertionError("why"), "wrong_answer", "AssertionError: why"),
        (MemoryError(), "memory_limit", "an allocation was refused"),
        (Silent(), "wrong_answer", "Silent"),
        (ValueError("a\x1b[2J\ud800"), "wrong_answer", "ValueError: a\\x1b[2J\\ud800"),
    ],
)
def test_an_error_ends_a_test(error, outcome, message):
    assert outcomes.outcome_of_error(error, [RAISED], [1]) == (outcome, message)


def test_a_name_the_program_does_not_define_is_its_error():
    outcome, message = outcomes.outcome_of_error(NameError("name 'f' is not defined"), [], None)
    assert (outcome, "'f'" in message) == ("runtime_error", True)


def _described(**changed):
    return {"own": [], "name": "KeyError", "s": "'k'", "l": 2, **changed}


@pytest.mark.parametrize(
    ("kind", "described", "expected"),
    [
        ("raised", _described(), ("runtime_error", "KeyError: 'k' (line 2)")),
        ("raised", _described(own=[[7, "Mine"]]), ("runtime_error", "Mine: 'k' (line 2)")),
        ("raised", _described(name="MemoryError", s=""), ("memory_limit", "MemoryError:  (line 2)")),
        (
            "syntax",
            _described(name="SyntaxError", s="invalid syntax (<program>, line 2)"),
            ("syntax_error", "SyntaxError: invalid syntax (line 2)"),
        ),
        ("syntax", _described(name="SyntaxError", l="2"), ("syntax_error", "SyntaxError: 'k'")),
    ],
)
def test_a_program_that_failed_reports_why(kind, described, expected):
    assert outcomes.outcome_of_failed_program(kind, described) == expected


@pytest.mark.parametrize("described", [None, 5, [], {}, _described(own=5), _described(own=[[]])])
def test_anything_but_a_description_raises(described):
    with pytest.raises(Exception):  # noqa: PT011
        outcomes.outcome_of_failed_program("raised", described)


def test_a_shown_value_may_be_of_any_size():
    assert outcomes.outcome_of_error(AssertionError(), [], "x" * 10_000)[1].startswith("returned 'xxx")
    assert outcomes.outcome_of_error(AssertionError(), [], 10**5000)[1] == "returned a int"
    assert outcomes.outcome_of_error(AssertionError(), [], NESTED)[0] == "wrong_answer"
