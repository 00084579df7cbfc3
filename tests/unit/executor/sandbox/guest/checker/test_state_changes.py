"""Suites that may change the checker's process are told from those that only compare values."""

import ast
import importlib
from types import ModuleType

import pytest

from services.executor.sandbox.guest.checker.state_changes import HARMLESS_MODULES, may_change_state
from services.executor.sandbox.guest.checker.syntax_tree import nodes_of
from tests.sandbox.test_leftovers import UNDONE_AT_THE_END


def found(text: str) -> bool:
    return may_change_state(nodes_of(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        *UNDONE_AT_THE_END,
        "import time, signal",
        "from os import environ",
        "from random import _os",
        "from typing import get_type_hints",
        "from somewhere import f",
        "np.seterr(all='raise')",
        "getattr(f, 'x')(1)",
        "f(1).__class__.__base__",
        "(x for x in y).gi_frame",
        "re.enum.sys.setrecursionlimit(9)",
        "exec('x')",
        "__builtins__",
        "match f(1):\n    case object(__globals__=g):\n        pass",
    ],
)
def test_a_suite_that_may_change_the_process_is_found(text):
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "assert f([1, 2], key='os') == {'sys': [3]}",
        "import math\nassert abs(math.sqrt(f(2)) - 1) < 1e-6",
        "from typing import List\nfrom collections import Counter\nassert Counter(f('a')) == Counter('a')",
        "try:\n    f(1)\nexcept (ValueError, TypeError) as error:\n    assert 'x' in str(error)",
        "x = [3]\nf(x.copy())\nassert sorted(x) == [3]\nassert f(random.random())",
        "def check(candidate):\n    assert candidate(1) == Decimal('2'), 'os.environ'",
    ],
)
def test_a_suite_that_only_compares_is_not(text):
    assert not found(text)


def test_no_harmless_module_leads_to_another_module():
    for name in HARMLESS_MODULES:
        module = importlib.import_module(name)
        own = [value for value in vars(module).values() if is_module(value, f"{name}.")]  # math.integer
        reached = {
            key
            for one in (module, *own)
            for key, value in vars(one).items()
            if is_module(value) and value not in own
        }
        assert all(found(f"{name}.{key}") or key in HARMLESS_MODULES for key in reached), name


def is_module(value, prefix=""):
    return isinstance(value, ModuleType) and value.__name__.startswith(prefix)
