"""Code of seeds: prints are removed by the tree, and what no question can come of is rejected with its reason."""

import ast

import pytest

from services.synth.seeds.code_checks import CodeLimits, check_code
from services.synth.seeds.outside import outside_use
from services.synth.seeds.prints import remove_prints
from services.synth.seeds.rejections import SeedReject, SeedRejectedError

GOOD = "def f(x):\n    y = x + 1\n    return y\n"


def reject(program, **limits):
    with pytest.raises(SeedRejectedError) as caught:
        check_code(program, CodeLimits(**limits))
    return caught.value.reason


def test_prints_on_one_line_and_on_several_are_removed_and_comments_stay():
    program = 'def f(x):\n    # doubles\n    print("a",\n          x)\n    return 2 * x\n\nprint(f(1))\nprint(\n    f(2),\n)\n'
    assert remove_prints(program) == "def f(x):\n    # doubles\n    return 2 * x\n\n"


@pytest.mark.parametrize(
    ("program", "left"),
    [
        ("if x:\n    print(1)\n", "if x:\n    pass\n"),
        ("if x:\n    print(1)\n    print(2)\nelse:\n    y = 1\n", "if x:\n    pass\nelse:\n    y = 1\n"),
        ("for a in b:\n    c = a; print(c)\n", "for a in b:\n    c = a\n"),
        (
            "try:\n    f()\nexcept E:\n    print(1)\nfinally:\n    print(2)\n",
            "try:\n    f()\nexcept E:\n    pass\nfinally:\n    pass\n",
        ),
        ("if x: print(1)\n", "if x:\n    pass\n"),
        ("x = 1\nprinted = 2\nprinter(x)\n", "x = 1\nprinted = 2\nprinter(x)\n"),
        ("x = '''\nprint(1)\n'''\n", "x = '''\nprint(1)\n'''\n"),
        ("print(1)\n", "\n"),
    ],
)
def test_what_is_left_parses_and_does_the_same(program, left):
    cleaned = remove_prints(program)
    assert ast.dump(ast.parse(cleaned)) == ast.dump(ast.parse(left))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("", SeedReject.NO_CODE),
        ("  \n", SeedReject.NO_CODE),
        ("def f(x)\n  return 1", SeedReject.SYNTAX),
        ("def f(x):\n" + "    " * 3 + "(" * 400, SeedReject.SYNTAX),
        ("print 'two'", SeedReject.SYNTAX),
        ("x = 1\ny = 2\nz = 3", SeedReject.NO_FUNCTION),
        ("class A:\n    x = 1\n    y = 2", SeedReject.NO_FUNCTION),
        ("def f(x):\n    return x", SeedReject.TOO_SHORT),
        (
            'def f(x):\n    """Long\n    text\n    here."""\n\n    # and this\n    return x',
            SeedReject.TOO_SHORT,
        ),
        ("def f(x):\n    print(x)\n    print(x)\n    print(x)", SeedReject.TOO_SHORT),
        ("def f(x):\n" + "    x += 1\n" * 100, SeedReject.TOO_LONG),
        (GOOD + "#" * 7000, SeedReject.TOO_LONG),
        (GOOD + "x = '" + "a" * 300_000 + "'", SeedReject.TOO_LONG),
        ("def f(x):\n    with open(x) as file:\n        return file.read()", SeedReject.NEEDS_OUTSIDE),
        ("import requests\ndef f(x):\n    return requests.get(x)", SeedReject.NEEDS_OUTSIDE),
    ],
)
def test_each_fault_has_its_reason(program, reason):
    assert reject(program) is reason


def test_a_method_is_a_function_and_limits_are_options():
    assert check_code("class A:\n    def f(self, x):\n        return x\n", CodeLimits())
    assert check_code("def f(x):\n    return x\n", CodeLimits(min_lines=2))
    assert check_code("import os\ndef f(x):\n    return os.listdir(x)\n", CodeLimits(allow_outside=True))
    assert reject(GOOD, min_lines=4) is SeedReject.TOO_SHORT
    assert reject(GOOD, max_lines=2) is SeedReject.TOO_LONG


@pytest.mark.parametrize(
    "program",
    [
        "import socket",
        "from urllib.request import urlopen",
        "import os\nos.system('x')",
        "from os import getcwd",
        "import os.path\nos.path.exists(x)",
        "from os.path import isfile",
        "import time\ntime.time()",
        "from time import sleep",
        "import sys\nsys.stdin.read()",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "input()",
        "eval(x)",
        "import numpy, matplotlib.pyplot as plt",
    ],
)
def test_uses_of_the_outside_are_seen(program):
    assert outside_use(ast.parse(program))


@pytest.mark.parametrize(
    "program",
    [
        "import math, re, itertools, random",
        "import os\nos.path.join(a, b)",
        "from os.path import basename",
        "from urllib.parse import urlparse",
        "import urllib.parse\nurllib.parse.quote(x)",
        "import sys\nsys.maxsize",
        "import time\ntime.strftime(x)",
        "self.open(x)\nreader.input\nnow = 1",
        "from . import os",
    ],
)
def test_what_only_computes_is_not_outside(program):
    assert outside_use(ast.parse(program)) == ""
