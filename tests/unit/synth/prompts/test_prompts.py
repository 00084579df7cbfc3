"""Prompts are text files; values fill their placeholders and are never read for placeholders themselves."""

import pytest

from services.synth.prompts import Prompt, PromptFileError, load_prompt, prompt_names

VALUES = {
    "program": "def f(): ...", "instruction": "", "tests": "12", "question": "Do it.", "entry_point": "f",
    "signature": "def f()", "calls": "1. f()",
}  # fmt: skip
OURS = ("rewrite", "question", "inputs", "label", "acecoder_paper", "solve")


@pytest.mark.parametrize("name", OURS)
def test_each_prompt_becomes_a_system_and_a_user_message(name):
    messages = load_prompt(name).messages(**VALUES)
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "{{" not in messages[1]["content"]
    assert name in prompt_names()


def test_optional_text_is_kept_only_with_a_value():
    prompt = load_prompt("solve")
    without, with_tests = (
        prompt.messages(question="Q", entry_point="f", signature="", tests=tests)[1]["content"]
        for tests in ("", "assert f() == 1")
    )
    assert "passes these tests" not in without
    assert "with this signature" not in without
    assert "passes these tests:\n```python\nassert f() == 1\n```" in with_tests


def test_values_are_not_read_for_placeholders():
    prompt = Prompt("# user\n{{#a}}<{{a}}>{{/a}} {{b}}", "test")
    assert prompt.messages(a="{{b}}", b="{{/a}}")[0]["content"] == "<{{b}}> {{/a}}"


def test_the_paper_preset_shows_the_program_and_our_label_prompt_does_not():
    assert "{{program}}" in load_prompt("acecoder_paper").template
    assert "{{program}}" not in load_prompt("label").template
    assert "{{program}}" not in load_prompt("inputs").template


def test_a_file_of_ones_own_is_used(tmp_path):
    path = tmp_path / "mine.md"
    path.write_text("# user\nSolve {{question}}")
    assert load_prompt(str(path)).messages(question="it") == [{"role": "user", "content": "Solve it"}]


def test_mistakes_name_the_file_and_what_to_do(tmp_path):
    with pytest.raises(PromptFileError, match="no prompt 'nosuch': give one of acecoder_paper"):
        load_prompt("nosuch")
    with pytest.raises(PromptFileError, match="cannot be read: No such file"):
        load_prompt(str(tmp_path / "nosuch.md"))
    with pytest.raises(PromptFileError, match="begin with a line '# system' or '# user'"):
        Prompt("Solve it", "mine.md")
    with pytest.raises(PromptFileError, match=r"no value for '\{\{sed\}\}'; this prompt can use seed"):
        Prompt("# user\n{{sed}}", "mine.md").messages(seed="x")
