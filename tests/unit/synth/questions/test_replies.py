"""Replies of real models are read by stated rules, and what no rule reads is counted, not lost."""

import pytest

from services.synth.questions.repairs import Repair, parses
from services.synth.questions.replies import parse_reply

ADD = (
    '{"signature": "def add(a: int, b: int) -> int", "question": "Add.", "tests": ["assert add(1, 2) == 3"]}'
)


def test_the_json_that_was_asked_for_needs_no_repair():
    parsed = parse_reply(ADD)
    assert parsed.label == "none"
    assert (parsed.question, parsed.signature) == ("Add.", "def add(a: int, b: int) -> int")
    assert parsed.tests == ("assert add(1, 2) == 3",)


@pytest.mark.parametrize(
    "text", [f"```json\n{ADD}\n```", f"Here it is:\n\n```json\n{ADD}\n```\nEnjoy!", f"Sure: {ADD} Done."]
)
def test_json_in_a_fence_or_between_text_is_found(text):
    assert parse_reply(text).tests == ("assert add(1, 2) == 3",)
    assert parse_reply(text).repairs == {Repair.FENCED}


def test_a_question_with_a_fence_in_it_is_read():
    text = '```json\n{"question": "Add.\\n```python\\ndef add(a, b):\\n```", "tests": ["assert add(1, 2) == 3"]}\n```'
    assert parse_reply(text).question == "Add.\n```python\ndef add(a, b):\n```"


def test_a_python_dict_is_read():
    parsed = parse_reply("{'question': 'Add.', 'tests': ['assert add(None, 2) == \"x\"']}")
    assert parsed.tests == ('assert add(None, 2) == "x"',)
    assert parsed.repairs == {Repair.PYTHON_LITERAL}


def test_asserts_without_quotes_in_a_list_are_read():
    text = '```json\n{\n "question": "Say \\"hi\\".",\n "tests": [\n  assert f("") == "",\n  assert f("a") == ["b"], "why",\n  assert f(1) == 2\n ]\n}\n```'
    parsed = parse_reply(text)
    assert parsed.question == 'Say "hi".'
    assert parsed.tests == ('assert f("") == ""', 'assert f("a") == ["b"], "why"', "assert f(1) == 2")
    assert parsed.repairs == {Repair.LINES, Repair.UNQUOTED}


def test_quotes_that_are_not_escaped_are_read():
    text = '{"question": "Q", "tests": [\n "assert f("") == 0",\n "assert f("a\\n") == ["b", \'c\'],\n "assert f(1) == 2"\n]}'
    parsed = parse_reply(text)
    assert parsed.tests == ('assert f("") == 0', 'assert f("a\\n") == ["b", \'c\']', "assert f(1) == 2")
    assert Repair.INNER_QUOTES in parsed.repairs


def test_comments_after_tests_are_left_out():
    text = '{"question": "Q", "tests": [\n assert f(1) == 2,  # one\n assert f(2) == "a#b",  # two\n]}'
    assert parse_reply(text).tests == ("assert f(1) == 2", 'assert f(2) == "a#b"')
    quoted = '{"question": "Q", "tests": [\n "assert f(1) == 2",  # one\n "assert f(2) == \'a#b\'"  # two\n]}'
    assert parse_reply(quoted).tests == ("assert f(1) == 2", "assert f(2) == 'a#b'")


def test_the_unfinished_last_test_of_a_cut_reply_is_left_out():
    whole = '```json\n{"question": "Q", "tests": [\n "assert f(1) == 2",\n "assert f(2) == [1, 1, 1'
    parsed = parse_reply(whole, "length")
    assert parsed.tests == ("assert f(1) == 2",)
    assert Repair.CUT_OFF in parsed.repairs


def test_prose_with_a_fence_of_asserts_is_read():
    text = "### Question\n\nWrite `add(a, b)`.\n\n### Test cases\n\n```python\nassert add(1, 2) == 3\nassert add(0, 0) == 0\n```\nThese cover all."
    parsed = parse_reply(text)
    assert parsed.question == "Write `add(a, b)`."
    assert parsed.tests == ("assert add(1, 2) == 3", "assert add(0, 0) == 0")
    assert parsed.repairs == {Repair.PROSE}


def test_a_line_feed_within_a_literal_is_escaped_again():
    parsed = parse_reply('{"question": "Q", "tests": ["assert f(\'a\\nb\') == \'\\t\'"]}')
    assert parsed.tests == ("assert f('a\\nb') == '\\t'",)
    assert parsed.repairs == {Repair.CONTROL_CHARACTERS}


def test_a_backslash_before_a_quote_is_doubled():
    parsed = parse_reply('{"question": "Q", "tests": ["assert f(\'\\\\\') == 1"]}')
    assert parsed.tests == ("assert f('\\\\') == 1",)
    assert parsed.repairs == {Repair.BACKSLASHES}


@pytest.mark.parametrize(
    ("signature", "test", "expected"),
    [
        ("def f(a, b)", '{"input": {"a": 1, "b": [2]}, "expected": null}', "assert f(a=1, b=[2]) == None"),
        ("def f(a, b)", '{"args": [1, 2], "expected_output": 3}', "assert f(1, 2) == 3"),
        ("def f(values)", '{"input": [1, 2], "expected": 3}', "assert f([1, 2]) == 3"),
        ("def f(a, b)", '{"input": [1, 2], "expected": 3}', "assert f(1, 2) == 3"),
        ("def f(a)", '{"code": "assert f(1) == 2"}', "assert f(1) == 2"),
        ("def f(a)", '{"assert": "f(1) == 2", "expected": 2}', "assert f(1) == 2"),
        ("def f(a, b=2)", '{"input": "x", "expected": 3}', "assert f('x') == 3"),
    ],
)
def test_tests_as_objects_become_asserts(signature, test, expected):
    parsed = parse_reply(f'{{"signature": "{signature}", "question": "Q", "tests": [{test}]}}')
    assert parsed.tests == (expected,)
    assert parsed.repairs == {Repair.OBJECTS}


def test_objects_with_asserts_in_a_list_that_was_cut_off_are_read():
    lines = [
        '{"assert": "f(\'a\') == [1]"},',
        '{"assert": "f("b") == 2", "comment": "it\'s b"},',
        '{"assert": "f(3',
    ]
    parsed = parse_reply('{"question": "Q", "tests": [\n' + "\n".join(lines), "length")
    assert parsed.tests == ("assert f('a') == [1]", 'assert f("b") == 2')
    assert parsed.repairs == {Repair.LINES, Repair.OBJECTS, Repair.INNER_QUOTES, Repair.CUT_OFF}


def test_calls_in_a_list_with_quotes_that_are_not_escaped_are_read():
    parsed = parse_reply('{\n "calls": [\n  "f(\'a\\n\', "b")",\n  "f("c")",\n  "f(1)"\n ]\n}')
    assert parsed.tests == ("f('a\\n', \"b\")", 'f("c")', "f(1)")
    assert parsed.repairs == {Repair.LINES, Repair.INNER_QUOTES}


def test_an_object_that_does_not_say_how_it_is_passed_is_no_test():
    assert parse_reply('{"question": "Do it.", "tests": [{"input": [1, 2], "expected": 3}]}').tests == ()


def test_a_broken_statement_is_not_cut_to_one_that_means_something_else():
    parsed = parse_reply(
        '{"question": "Q", "tests": [\n "assert f("x") == \'it\'s\', \'b\'",\n "assert f("y") == 1"\n]}'
    )
    assert "assert f(\"x\") == 'it'" not in parsed.tests
    assert [test for test in parsed.tests if parses(test)] == ['assert f("y") == 1']


@pytest.mark.parametrize(
    "text",
    ["", "I cannot help with that.", "[1, 2]", '"tests"', "{", '{"tests": 3}', "```json\n```", "\x00" * 9],
)
def test_a_reply_without_question_and_tests_gives_none(text):
    assert parse_reply(text).tests == ()
    assert parse_reply(text).question == ""


@pytest.mark.parametrize(
    "text",
    [
        "```\n{" + "\n" * 199_000 + "x",
        '"tests":' + '"text":"' * 24_000,
        '"calls":' + "\n" * 199_000 + "x",
        "-\n" * 90_000 + "```python\nassert f(1) == 2\n```",
        '{"tests": [{"input": 1}], "question": "' + "def a(" * 33_000 + '"}',
        '{"tests": ["' + 'a", "b" c ' * 19_000,
        '{"tests": [\nassert f(1) == 2' + " " * 100_000 + "x" + "]" * 90_000 + "x",
        '{"tests": [\n"assert f(1) == 2"' + " " * 199_000 + "x",
        '{"tests": [\nassert f(1) == ' + "'a', # " * 28_000,
    ],
)
def test_a_hostile_reply_ends_within_seconds(text):
    parse_reply(text)  # each took minutes to hours: its time grew with the square of the length, or faster


def test_a_reply_that_is_nested_too_deeply_is_read_without_an_error():
    assert parse_reply('{"question": ' + "[" * 20_000).question == ""
    assert parse_reply('{"a":' * 3_000).tests == ()
    assert (
        parse_reply(
            '{"tests": [{"input": 1, "expected": 2}], "question": "def f(' + "(" * 9_000 + ')"}'
        ).tests
        == ()
    )


def test_what_stands_above_the_tests_is_the_question_without_its_rule():
    parsed = parse_reply("# Question\n\nAdd them.\n\n---\n\n## Tests:\n```python\nassert f(1) == 2\n```")
    assert (parsed.question, parsed.tests) == ("Add them.", ("assert f(1) == 2",))
