"""Extracts the program from what models write around it."""

import ast
import textwrap

import pytest

from clients import ExtractionMethod
from clients.completions import extract

F = "def f(x):\n    return x + 1"
G = "def g(x):\n    return f(x) * 2"


def fenced(code, tag="python", mark="```"):
    return f"{mark}{tag}\n{code}\n{mark}\n"


def run(program, call):
    namespace = {}
    exec(compile(program, "program", "exec"), namespace)
    return eval(call, namespace)


@pytest.mark.parametrize(
    "tag", ["python", "py", "python3", "py3", "Python", "", " python", "python title='a.py'", "{.python}"]
)
@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
def test_one_fence_whatever_its_mark_and_tag(tag, mark):
    found = extract(f"Here it is:\n\n{fenced(F, tag, mark)}\nHope this helps!")
    assert (found.method, found.program, found.fences) == (ExtractionMethod.FENCE, F, 1)


@pytest.mark.parametrize(
    "completion",
    [
        pytest.param(F, id="nothing around"),
        pytest.param(f"python\n{F}\n```\nThis adds one.", id="the prefilled fence was cut, its tag is left"),
        pytest.param(f"python\n{F}", id="the tag is left and the end was cut"),
        pytest.param(f"{F}\n```", id="starts inside a fence"),
        pytest.param(
            f"{F}\n```\nNow use it:\n```python\nprint(f(1))\n```", id="starts inside, then a usage fence"
        ),
        pytest.param(f"Sure!\n```python\n{F}", id="the last fence was cut off"),
        pytest.param(f"Sure!\n```python\n{F}```", id="the end of the fence is glued to the code"),
        pytest.param(f"Sure, here: ```python\n{F}\n```", id="the fence opens after prose"),
        pytest.param(
            f"Sure, here is the code you want.\n\n{F}\n\nIt adds one to x.", id="no fence, prose around"
        ),
        pytest.param(f"{F}\n\nThis function adds one.", id="no fence, prose after"),
        pytest.param("Here you are:\n\n" + textwrap.indent(F, "    ") + "\n\nDone.", id="no fence, indented"),
        pytest.param(f"```python\nimport re\n```python\n{F}\n```", id="an end of a fence was forgotten"),
        pytest.param(f"Use ```f(x)``` as here:\n{fenced(F)}", id="a fence inside a line"),
        pytest.param(f"Sure:\r\n```python\r\n{F}\r\n```\r\n".replace("\n    ", "\r\n    "), id="CRLF"),
        pytest.param(
            "1. Do this:\n\n   ```python\n" + textwrap.indent(F, "   ") + "\n   ```\n2. Done.", id="in a list"
        ),
        pytest.param("- ```python\n" + textwrap.indent(F, "  ") + "\n  ```\n", id="behind a list's mark"),
        pytest.param(
            f"<think>Maybe\n```python\ndef f(x): return 0\n```\nno.</think>\n{fenced(F)}", id="thinking"
        ),
        pytest.param(f"so f adds one.</think>\n{fenced(F)}", id="thinking whose start was prefilled"),
        pytest.param(f"{fenced(F)}<|im_end|>", id="an end-of-turn mark"),
        pytest.param(f"{F}<|endoftext|>\nHuman: what next?", id="the model went on after its turn"),
        pytest.param(f"{F}</s>", id="an end-of-sequence mark"),
        pytest.param(f"<|im_start|>assistant\n{F}<|im_end|>", id="the whole turn"),
        pytest.param(f"\ufeff{F}", id="a byte-order mark"),
        pytest.param(
            fenced(F) + fenced("3\n4", "text") + fenced("pip install x", "bash"), id="other languages"
        ),
        pytest.param(fenced('{"a": 1}', "json") + fenced(F), id="json first"),
        pytest.param(fenced(F) + fenced("2", ""), id="untagged output after"),
    ],
)
def test_the_program_is_found(completion):
    found = extract(completion, "f")
    assert found.program.strip() == F


BEHIND = [
    "</answer>",
    "</answer><|im_end|>",
    "}",
    "}$",
    ".",
    " This adds one.",
    "<|return|>",
    "</s>",
    "  </answer>",
    ")",
    "*",
    "This adds one to x.",
    "</code></pre>",
    " # end",
]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize(
    "opening", ["```python\n", "<answer>```python\n", "\\boxed{```py\n", "```\n", "Code:\n```\n"]
)
@pytest.mark.parametrize("end", ["\n```", "```", "\n   ```", "\n````"])
def test_text_behind_the_closing_fence_is_no_part_of_the_program(behind, opening, end):
    found = extract(f"<think>Easy.</think>{opening}{F}{end}{behind}\nIt adds one to x.", "f")
    assert found.program.strip() == F


@pytest.mark.parametrize(
    "completion",
    [
        pytest.param(f"{F}\n```</answer>", id="the prompt opened the fence"),
        pytest.param(f"python\n{F}\n```}}", id="the prompt opened the fence before its tag"),
        pytest.param(
            f"<answer>```\n{F}\n```</answer>", id="a fence without a tag behind a tag of the template"
        ),
        pytest.param(f"\\boxed{{```\n{F}\n```}}", id="boxed"),
        pytest.param(f"Answer: ```\n{F}\n```.", id="behind a colon"),
        pytest.param(f"<think>x</think> <answer> {F} </answer>", id="no fence, in tags"),
        pytest.param(f"<answer>\n{F}\n</answer>", id="no fence, in tags of their own lines"),
        pytest.param(f"<answer>{F}</answer>\nThis is it.", id="no fence, text behind the tags"),
        pytest.param(f"````python\n{F}\n```\nDone.", id="a closing fence that is too short"),
        pytest.param(f"```python\n{F}\n```text\n3\n```\n", id="the closing fence is missing before output"),
        pytest.param(f"```python\n{F}\n```output\n3\n```</answer>", id="the same with text behind the last"),
        pytest.param(f"{F}<|return|>", id="an end mark of another template"),
        pytest.param(f"```python\n{F}\n```<|im_end|>\n<|im_start|>user\nMore?", id="a mark behind the fence"),
    ],
)
def test_ends_of_answers(completion):
    assert extract(completion, "f").program.strip() == F


@pytest.mark.parametrize(
    "program",
    [
        "def f(s):\n    return s.split('</think>')[0]",
        'def f(s):\n    return s.replace("<|im_end|>", "")',
        'T = """\n</think>\n"""\ndef f(s):\n    return T + s',
        'T = """\n<|im_end|>\n"""\ndef f(s):\n    return T + s',
        "# ends with <|im_end|>\ndef f(s):\n    return s",
        'def f(s):\n    """Fence s.\n\n    ```</answer>\n    ```}\n    """\n    return f"```{s}```"',
        "def f(s):\n    return '```' + s + \"```\"  # between ``` and ```",
        "def f(s):\n    return s.startswith('```') or r'</think>' in s",
        "def f(x):\n    # it's the user's ```code```\n    return ~~~x",
    ],
)
@pytest.mark.parametrize("end", ["\n```\n", "\n```</answer>", "```."])
@pytest.mark.parametrize(
    "before", ["Here:\n", "<think>It's easy</think>\n", "so it's easy.</think>", "<answer>"]
)
def test_marks_in_a_program_are_no_marks(program, end, before):
    end = end if "  # " not in program else "\n```}"
    assert (
        extract(f"{before}```python\n{program}{end}\nDone.<|im_end|>\n<|im_start|>user\n", "f").program
        == program
    )


def test_quoted_marks_without_fences():
    program = "def f(s):\n    return s.split('</think>')[0]"
    assert extract(f"Sure, here you are:\n\n{program}\n\nDone.", "f").program.strip() == program


def test_the_thinking_that_quotes_its_own_mark_is_left_out():
    thought = f"<think>I split at '</think>', or `</think>`:\n{fenced('def f(x): return 0')}</think>\n"
    assert extract(thought + fenced(F), "f").program == F


def test_what_the_model_went_on_with_is_left_out():
    other = "def f(x):\n    return 0"
    assert extract(f"{fenced(F)}<|im_end|>\n<|im_start|>user\n{fenced(other)}", "f").program == F
    assert extract(f"```python\n{F}<|im_end|>\n<|im_start|>user\n{fenced(other)}", "f").program.strip() == F


def test_a_long_usage_snippet_does_not_beat_the_solution():
    usage = "\n".join(f"print(f({i}))\nassert f({i}) == {i + 1}" for i in range(50))
    assert extract(fenced(F) + "Usage:\n" + fenced(usage), "f").program == F
    assert extract(fenced(F) + "Usage:\n" + fenced(usage)).program == F


def test_a_test_function_does_not_replace_the_solution():
    tests = "def test_f():\n    assert f(1) == 2\n\ntest_f()"
    assert extract(fenced(F) + fenced(tests), "f").program == F
    assert run(extract(fenced(F) + fenced(tests)).program, "f(1)") == 2


@pytest.mark.parametrize("tests_first", [False, True])
def test_a_block_that_only_imports_the_function_is_not_the_solution(tests_first):
    tests = fenced("import unittest\nfrom solution import f\n\nclass T(unittest.TestCase):\n    pass")
    answer = tests + fenced(F) if tests_first else fenced(F) + tests
    assert extract(answer, "f").program == F
    assert extract(fenced("from operator import add") + fenced("print(add(1, 2))"), "add").program == (
        "from operator import add"
    )


def test_blocks_that_build_on_each_other_are_joined():
    blocks = [
        "import math\nfrom typing import List",
        "K = 3",
        F,
        "def solve(xs: List[int]):\n    return math.floor(f(xs[0]) * K)",
    ]
    found = extract("Step by step:\n" + "Then:\n".join(map(fenced, blocks)), "solve")
    assert run(found.program, "solve([1])") == 6


def test_helpers_given_after_the_solution_come_before_it():
    found = extract(fenced(G) + "where f is\n" + fenced(f"{F}\nprint(f(1))"), "g")
    assert run(found.program, "g(1)") == 4
    assert "print" not in found.program


def test_imports_from_the_future_stay_first():
    main = "from __future__ import annotations\n\ndef g(x: Unknown):\n    return f(x) * 2"
    assert run(extract(fenced(F) + fenced(main), "g").program, "g(1)") == 4


def test_of_alternatives_the_last_complete_one_counts():
    slow, fast, cut = "def f(x):\n    return 1", F, "def f(x):\n    return (x +"
    assert extract(fenced(slow) + "Better:\n" + fenced(fast), "f").program == fast
    assert extract(fenced(slow) + "Better:\n" + fenced(fast)).program == fast
    assert extract(fenced(fast) + "Or:\n```python\n" + cut, "f").program == fast


def test_the_entry_point_settles_which_block_it_is():
    assert extract(fenced(F) + fenced("def other():\n    return 1"), "f").program == F
    solution = "class Solution:\n    def two_sum(self, xs):\n        return xs"
    assert extract(fenced(solution) + fenced("class Other:\n    pass"), "two_sum").program == solution


def test_a_script_keeps_the_block_that_reads_its_input():
    main = "n = int(input())\nprint(f(n))"
    assert extract(fenced(F) + fenced(main)).program == f"{F}\n\n{main}"
    assert extract(fenced(F) + fenced(main), script=False).program == F
    assert extract(fenced(F) + fenced(main), "f").program == F


def test_a_script_keeps_the_block_that_starts_it():
    solve = "def solve():\n    print(int(input()) + 1)"
    assert extract(fenced(solve) + "Call it:\n" + fenced("solve()")).program == f"{solve}\n\nsolve()"
    started = f"{solve}\n\nsolve()"
    assert extract(fenced(started) + "Try:\n" + fenced("solve()")).program == started


def test_asserts_in_a_program_are_ordinary_code():
    program = 'def f(x):\n    """Be assertive."""\n    assert x > 0\n    return x + 1\n\nassert f(1) == 2\nif __name__ == "__main__":\n    f(1)'
    assert extract(program, "f").program == program
    assert extract(fenced(program), "f").program == program


@pytest.mark.parametrize("indent", ["", "    "])
def test_fences_inside_strings_belong_to_the_program(indent):
    program = f'def f(x):\n    """Add one.\n\n{indent}```python\n{indent}f(1)\n{indent}```\n    """\n    return x + 1'
    assert extract(fenced(program) + "Done.", "f").program == program
    assert extract(program, "f").program == program


def test_a_special_token_inside_a_string_stays():
    program = 'EOS = "<|im_end|>"\nHTML = "<s>old</s>"\ndef f(x):\n    return EOS + HTML'
    assert extract(program).program == program
    assert extract(fenced(program) + "<|im_end|>").program == program


def test_complete_functions_before_the_cut_are_kept():
    completion = f"```python\nimport math\n\n{F}\n\n@cache\ndef main():\n    print(f(math.inf"
    assert extract(completion, "f").program == f"import math\n\n{F}"


def test_broken_code_is_returned_unchanged():
    broken = "import math\n\ndef f(x):\n    return (x +\n\nprint(1)"
    for completion in (broken, fenced(broken)):
        with pytest.raises(SyntaxError):
            ast.parse(extract(completion, "f").program)
        assert "def f" in extract(completion, "f").program


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "   \n",
        "I cannot do that.",
        "Sure",
        "Yes, certainly",
        "42",
        "```text\n1 2 3\n```",
        "<think>Hmm, maybe",
    ],
)
def test_where_there_is_no_code_nothing_is_made_up(completion):
    found = extract(completion, "f")
    assert (found.method, found.program) == (ExtractionMethod.NONE, "")
    assert found.note


def test_prose_that_begins_like_code_is_not_code():
    found = extract(f"import the function below:\nfrom this, we see that\n{F}\nclass dismissed.", "f")
    assert found.program == F


def test_the_note_says_what_was_left_out():
    found = extract(fenced(F) + fenced("print(f(1))"), "f")
    assert (found.fences, found.note) == (2, "1 of 2 blocks left out")


HOSTILE = {
    "open fences": "```python\n" * 100_000,
    "fences that never parse": "```python\ndef f(:\n```\n" * 50_000,
    "code starts that never parse": "def f(:\n" * 120_000,
    "ticks": "`" * 1_000_000 + "x",
    "tildes": "~" * 1_000_000 + "`",
    "spaces": "a" + " " * 1_000_000 + "x",
    "quotes": "```python\n" + "'\"" * 500_000,
    "open strings": '```python\nx = """\n```\n' * 60_000,
    "brackets": "(" * 1_000_000,
    "deep": "x = " + "[" * 190 + "]" * 190 + "\n",
    "deep sum": "x = " + "1+" * 50_000 + "1",
    "unary": "x = " + "-" * 100_000 + "1",
    "many names": "```python\n"
    + "\n".join(f"a{at} = b{at}" for at in range(18_000))
    + "\n```\n```python\nf(1)\n```",
    "flat": "x = 1\n" * 160_000,
    "turns": "<|im_end|>x" * 90_000,
    "turns on lines": "<|im_end|>\n" * 90_000,
    "quoted marks": "'</think>' " * 90_000,
    "marks in blocks": "```python\nx = 1  # <|im_end|>\n```\n" * 25_000,
    "unclosed quotes before a mark": "'a" * 400_000 + "</think>",
    "ends with text": "```python\n```}\n" * 60_000,
    "ticks in code": "```python\n" + "x```" * 200_000,
    "colons and ticks": ":```" * 250_000,
    "nul": "def f():\n    return 1\0" * 10,
    "surrogate": "def f():\n    return '\ud800'",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_completions_cost_a_bounded_amount_of_parsing(text, monkeypatch):
    parsed = []
    parse = ast.parse
    monkeypatch.setattr(
        ast, "parse", lambda code, *a, **k: (parsed.append(len(code)), parse(code, *a, **k))[1]
    )
    extract(text, "f")
    assert len(parsed) <= 48
    assert sum(parsed) <= 400_000
