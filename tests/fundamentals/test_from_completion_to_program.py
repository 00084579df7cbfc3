"""A model answers in prose; a program is taken from it.

Nothing here needs a service: extraction is a pure function.
"""

from clients import ExtractionMethod, extract


def test_a_fenced_block_is_the_program():
    extraction = extract("Sure!\n\n```python\ndef double(x):\n    return 2 * x\n```\n\nIt doubles x.")
    assert extraction.program == "def double(x):\n    return 2 * x"
    assert extraction.method is ExtractionMethod.FENCE


def test_code_without_a_fence_is_taken_as_it_is():
    program = "def double(x):\n    return 2 * x\n"
    assert extract(program).program == program


def test_blocks_that_need_each_other_are_joined():
    answer = """First an import.
```python
import math
```
Then the function.
```python
def area(r):
    return math.pi * r * r
```
Try it:
```python
print(area(1), area(2), area(3))
```"""
    assert (
        extract(answer, entry_point="area").program
        == "import math\n\ndef area(r):\n    return math.pi * r * r"
    )


def test_of_two_attempts_the_last_one_counts():
    answer = "```python\ndef double(x): return x * x\n```\nThat squares. Rather:\n```python\ndef double(x): return x + x\n```"
    assert extract(answer, entry_point="double").program == "def double(x): return x + x"


def test_an_answer_without_code_is_an_empty_program():
    extraction = extract("I would rather not.")
    assert (extraction.program, extraction.method) == ("", ExtractionMethod.NONE)
