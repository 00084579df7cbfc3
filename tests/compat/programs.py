"""What policies answer in these tests, and what it is measured by."""

from itertools import count

TESTS = ["assert double(2) == 4", "assert double('a') == 'aa'"]
RIGHT = "```python\ndef double(x):\n    return x + x\n```"
HALF = "```python\ndef double(x):\n    return 4\n```"
WRONG = "```python\ndef double(x):\n    return None\n```"
RATES = {RIGHT: 1.0, HALF: 0.5, WRONG: 0.0}


_numbers = count()


def slow():
    """A right program that takes a second; another one each time, so that no verdict is remembered."""
    number = next(_numbers)
    return f"```python\nimport time\ntime.sleep(1)\n\ndef double(x):\n    return x + x  # {number}\n```"


STDIN = {"inputs": ["1\n", "2\n", "5\n"], "outputs": ["2\n", "4\n", "10\n"]}
"""Printed output for what was read."""


def doubling(expression="2 * n", before=""):
    """A program that reads a number and prints an expression of it."""
    return f"```python\n{before}\nn = int(input())\nprint({expression})\n```"
