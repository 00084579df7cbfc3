"""Tests that may run an answer as code are found by the names that they use."""

import pytest

from services.executor.sandbox.guest.checker.plan import make_plan


@pytest.mark.parametrize(
    ("test", "evaluates"),
    [
        ("assert pickle.loads(f(2)) == 4", True),
        ("import pickle\nassert f(2) == 4", False),
        ("import pickle as p\nassert p.loads(f(2)) == 4", True),
        ("from pickle import loads as load\nassert load(f(2)) == 4", True),
        ("from pickle import *\nassert loads(f(2)) == 4", True),
        ("import importlib.util as u\nassert u.find_spec(f(2))", True),
        ("import numpy as np\nassert np.load(f(2), allow_pickle=True)", True),
        ("from sympy import sympify\nassert sympify(f(2)) == 4", True),
        ("import sys\nassert sys.modules['marshal'].loads(f(2)) == 4", True),
        ("assert globals()['__builtins__']['eval'](f(2)) == 4", True),
        ("import builtins\nassert getattr(builtins, 'exec')(f(2))", True),
        ("import pandas as pd\ndf = pd.DataFrame()\nassert df.query(f(2))", True),
        ("t = Tree()\nassert t.query(1, 2) == f(2)", False),
        ("assert Poly(1).eval(2) == 3", False),
        ("assert eval(f(2)) == 4", False),  # guarded when it is called
        ("code = f(1)\nassert code == 4", False),
        ("assert f(1)['code'] == 4", False),
        ("assert trace(f(2)) == 4", False),  # the program's
        ("def profile(): return 4\nassert f(2) == profile()", False),
        ("import ast\nassert ast.literal_eval(f(2)) == 4", False),
        ("import json\nassert json.loads(f(2)) == 4", False),
    ],
)
def test_names_by_which_a_test_evaluates(test, evaluates):
    plan = make_plan([test], "", {"trace"} if "trace" in test else ())
    assert plan.evaluating == ({0} if evaluates else set())


def test_a_setup_that_evaluates_counts_for_every_test():
    tests = ["assert f(2) == 4", "assert f(3) == 9"]
    assert make_plan(tests, "import pickle\ndef load(x): return pickle.loads(x)").evaluating == {0, 1}
    assert make_plan(tests, "import pickle").evaluating == set()
    assert make_plan(["assert pickle.loads(f(2)) == 4", tests[1]], "import pickle").evaluating == {0}
