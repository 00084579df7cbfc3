"""Cuts the completion out of what a trainer decoded; code in the prompt is never judged as the policy's."""

import time
from contextlib import suppress

import pytest

from clients.completions import PromptNotFoundError, completion_of

EXAMPLE = "```python\ndef double(x): return x + x\n```"
RAW = f"Write double(x). Like this:\n{EXAMPLE}\nNow you."
CHATML = (
    f"<|im_start|>system\nYou code.<|im_end|>\n<|im_start|>user\n{RAW}<|im_end|>\n<|im_start|>assistant\n"
)
MARKS = [
    "<|im_start|>assistant\n",
    "<|assistant|>\n",
    "<｜Assistant｜>",
    "[/INST] ",
    "<start_of_turn>model\n",
    "<|turn>model\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|header_start|>assistant<|header_end|>\n\n",
    "<|start|>assistant<|channel|>final<|message|>",
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "<|start_of_role|>assistant<|end_of_role|>",
    "<|im_assistant|>assistant<|im_middle|>",
]


@pytest.mark.parametrize(
    ("query", "prompt"),
    [
        (CHATML + "No.<|im_end|>", CHATML),
        ("<|endoftext|><|endoftext|>" + CHATML + "No.<|im_end|><|endoftext|>", CHATML),
        (RAW + "No.", RAW),
        (RAW + "No.", RAW + " "),
        (RAW + " No.", RAW.replace("Like this", "Like  this")),
        ("<s> " + RAW + "No.</s>", RAW),
        ("<s> [INST] " + RAW + " [/INST] No.</s>", "[INST] " + RAW + " [/INST]"),
        (RAW.replace(" (x)", "(x)") + "No.", "<s>" + RAW + "</s>"),
        ("No.", ""),
        ("<s>No. \n<|im_end|>\n <|endoftext|> \n", ""),
        (RAW + "No." + "<pad>" * 99, RAW),
    ],
)
def test_what_follows_the_prompt(query, prompt):
    completion, found = completion_of(query, prompt)
    assert (completion.strip(), found) == ("No.", True)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("prompt", [None, "Another prompt", RAW.replace("Now", "And now"), " ", "<s>"])
def test_without_its_prompt_what_follows_the_last_mark(mark, prompt):
    query = f"<s>{mark}{EXAMPLE}</s>{RAW}{mark}No.</s>"
    completion, found = completion_of(query, prompt)
    assert (completion.strip(), found) == ("No.", False)


@pytest.mark.parametrize(
    "prompt", [None, "Another prompt", RAW.replace("Now", "And now"), " ", "<s>", EXAMPLE, "Now you."]
)
@pytest.mark.parametrize(
    "query", [RAW + "No.", "<s>" + RAW + "No.</s>", f"User: {RAW}\nAssistant: No.", EXAMPLE]
)
def test_without_prompt_and_mark_there_is_no_completion(query, prompt):
    if query == prompt:
        pytest.skip("this is its prompt")
    with pytest.raises(PromptNotFoundError, match="code in the prompt would be judged"):
        completion_of(query, prompt)


def test_indentation_after_the_prompt_is_kept():
    assert completion_of("def f(x):\n    return 1", "def f(x):\n")[0] == "    return 1"
    assert completion_of("<s>def f(x):\n    return 1</s>", "def f(x):")[0] == "\n    return 1"


@pytest.mark.parametrize(
    "text",
    [
        "<" * 400_000,
        " " * 400_000 + "x",
        "<|a" * 150_000,
        "<s>" * 200_000 + "x",
        "<|im_start|>assistant" * 40_000,
    ],
)
def test_hostile_queries_cost_linear_time(text):
    begun = time.process_time()
    for prompt in (None, "", text[:-1] + "y", "x" + text):
        with suppress(PromptNotFoundError):
            completion_of(text, prompt)
    assert time.process_time() - begun < 20
