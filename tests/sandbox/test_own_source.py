"""A program finds its own source and ``__file__``, as one in a file does."""

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL, outcomes

READS_ITSELF = """
import inspect
import os


def helper(a):
    return a + 1  # plus one


class Table:
    rows = 3


def source(name):
    return inspect.getsource(globals()[name])


HERE = os.path.dirname(os.path.abspath(__file__))
"""


@pytest.mark.parametrize("isolation", ["separate", "same_process"])
def test_a_program_can_read_its_own_source(jail, isolation):
    suite = Suite(
        id="s",
        asserts=[
            "assert source('helper') == 'def helper(a):\\n    return a + 1  # plus one\\n'",
            "assert source('Table').startswith('class Table')",
            "import os\nassert os.path.isdir(HERE)",
        ],
        isolation=isolation,
    )
    (judgement,) = jail.judge(suite, [READS_ITSELF], Rules(Limits(**SMALL)))
    assert [test.outcome.value for test in judgement.tests] == ["passed"] * 3, judgement.tests


def test_so_can_a_script(jail):
    program = "import inspect\ndef f(): return 1\nprint(inspect.getsource(f).strip(), __file__ != '')"
    assert outcomes(jail, program, io=[("", "def f(): return 1 True")]) == ["passed"]
