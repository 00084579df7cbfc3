"""A program sees of a function of the test's what parameters it has, and neither its defaults nor an unasked docstring."""

import pytest

from tests.sandbox.judging import holds

SHOWS = """
import inspect

def shown(function):
    signature = inspect.signature(function)
    seen = [function.__doc__, str(signature), [p.default for p in signature.parameters.values()]]
    for name in ("__defaults__", "__kwdefaults__", "__closure__", "__globals__", "__dict__", "__annotations__"):
        seen.append(getattr(function, name, None) if name != "__dict__" else None)
    seen.append([getattr(function.__code__, name, None) for name in ("co_consts", "co_names", "co_code")])
    return repr(seen)
"""


@pytest.mark.parametrize(
    "function",
    [
        "lambda x, e=8128: x == e",
        "lambda x, *, e='8128': x == e",
        "lambda x, e=(8128,): x == 8128",
        "documented",
        "Case().documented",
    ],
)
def test_what_could_hold_an_expected_value_is_not_shown(jail, function):
    setup = (
        "def documented(x: 8128) -> 8128:\n    'documented(1) == 8128'\n    return x == 8128\n"
        "class Case:\n    def documented(self, x=8128):\n        'Returns 8128.'\n"
    )
    holds(jail, SHOWS, f"seen = shown({function})\nassert 'x' in seen and '8128' not in seen", setup=setup)


@pytest.mark.parametrize("function", ["lambda x, e=True: x is e", "lambda x, *, e=True: x is e"])
def test_a_default_that_is_true_is_not_shown(jail, function):
    holds(jail, SHOWS, f"seen = shown({function})\nassert 'Ellipsis' in seen and 'True' not in seen")


def test_a_docstring_that_the_test_asks_for_is_shown(jail):
    test = "def f(x):\n    'Doubles.'\nassert f.__doc__ in shown(f)"
    holds(jail, SHOWS, test)
