"""For any completion: extraction never raises, its work is bounded, and a fenced program is found unchanged."""

import ast

from hypothesis import example, given
from hypothesis import strategies as st

from clients import ExtractionMethod
from clients.completions import extract
from clients.completions.fences import find_fences

LINES = st.sampled_from(
    ["```", "```python", "~~~", "````py", "python", "def f(x):", "    return x", "  ```", '"""', "'''", "import math",
     "print(f(1))", "assert f(1)", "Here it is:", "<think>", "</think>", "<|im_end|>", "", "class A:", "@f", "x = (", "\t", "\0"]
)  # fmt: skip
COMPLETIONS = st.one_of(
    st.text(), st.lists(st.one_of(LINES, st.text(max_size=8)), max_size=25).map("\n".join)
)

NAMES = st.sampled_from(["f", "g", "solve"])
BODIES = st.sampled_from(
    [
        "return x",
        "assert x\n    return x",
        '"""Doc.\n\n    ```\n    f(1)\n    ```\n    """\n    return 1',
        "return '```'",
        "pass  # ```",
    ]
)
PROGRAMS = st.lists(st.tuples(NAMES, BODIES), min_size=1, max_size=4).map(
    lambda parts: "\n\n".join(f"def {name}(x):\n    {body}" for name, body in parts)
)
PROSE = st.sampled_from(["", "Sure! Here it is:\n", "1. First\n2. Second\n\n"])


@given(COMPLETIONS, st.sampled_from([None, "f", "Solution().f", "", "("]))
@example("```", None)
@example("\ud800", "f")
def test_it_never_raises_and_says_what_it_did(completion, entry_point):
    found = extract(completion, entry_point)
    assert (found.program == "") <= (found.method is ExtractionMethod.NONE)


@given(COMPLETIONS)
def test_it_is_deterministic(completion):
    assert extract(completion, "f") == extract(completion, "f")


@given(PROSE, PROGRAMS, PROSE, st.sampled_from(["```", "~~~"]), st.sampled_from(["", "python"]))
def test_a_fenced_program_comes_back_unchanged(before, program, after, mark, tag):
    assert extract(f"{before}{mark}{tag}\n{program}\n{mark}\n{after}").program == program


@given(PROGRAMS)
def test_a_bare_program_comes_back_unchanged(program):
    found = extract(program)
    assert (found.method, found.program) == (ExtractionMethod.AS_IS, program)


@given(COMPLETIONS)
def test_fences_hold_only_lines_of_the_text(text):
    assert sum(len(fence.code) for fence in find_fences(text)) <= len(text)


@given(
    st.lists(
        st.sampled_from(
            ["```python\ndef f(x): return 1\n```\n", "```\nx\n```\n", "def f(:\n", "words and words\n"]
        ),
        max_size=200,
    )
)
def test_the_number_of_parses_does_not_grow_with_the_text(parts):
    count = 0
    parse = ast.parse

    def counting(code):
        nonlocal count
        count += 1
        return parse(code)

    ast.parse = counting
    try:
        extract("".join(parts), "f")
    finally:
        ast.parse = parse
    assert count <= 48
