"""Null programs define every name that a suite may take from a program, and solve nothing."""

import pytest

from clients.contract import Suite
from services.executor.kinds.null_programs import (
    null_modules,
    null_scripts,
    null_scripts_for_checker,
    program_names,
)
from services.executor.kinds.registry import kind_of


@pytest.mark.parametrize(
    ("suite", "names"),
    [
        ({"asserts": ["assert f(1) == 2", "x = [f(y) for y in g()]"]}, {"f", "g"}),
        ({"asserts": ["assert math.isclose(f(1), sqrt(2))"]}, {"f"}),
        ({"asserts": ["assert isclose(f(1), 2)", "assert Counter(g(1)) == {}"]}, {"f", "g"}),
        ({"asserts": ["assert isclose(sqrt(4), 2)", "assert np.allclose(sqrt(1), 1)"]}, {"sqrt"}),
        ({"asserts": ["assert isclose(1.0, 2.0)"]}, {"isclose"}),
        ({"asserts": ["assert gcd(1, 2) == 1"], "entry_points": ["gcd"]}, {"gcd"}),
        ({"asserts": ["import math\nassert len(Stack().items) == math.pi"]}, {"Stack"}),
        ({"asserts": ["assert sum([1]) == 1"], "entry_point": "sum"}, {"sum"}),
        ({"asserts": ["check(2)"], "setup": "def check(x): assert f(x)"}, {"f"}),
        ({"check": "def check(c): assert c(1) == 2", "entry_point": "Solution.f"}, {"Solution"}),
        ({"asserts": ["assert (", "assert f()"]}, {"f"}),
        (
            {"asserts": ["test()"], "setup": "from solution import gcd\ndef test(): assert gcd(4, 2) == 2"},
            {"gcd"},
        ),
        ({"asserts": ["import solution as s\nassert s.f(1) == 2"]}, {"f"}),
    ],
)
def test_the_names_that_a_program_may_be_asked_for(suite, names):
    assert program_names(Suite(id="s", **suite)) == names


def _loaded(suite):
    namespaces = {}
    for does, source in null_modules(suite).items():
        namespaces[does] = {}
        exec(source, namespaces[does])
    return namespaces


def test_functions_and_methods_do_the_same():
    loaded = _loaded(Suite(id="s", asserts=["assert f(7) == Solution(1).g(7)"]))
    for names in (space for does, space in loaded.items() if does != "raises"):
        assert names["f"](7) == names["Solution"](1).g(7)
    assert loaded["returns None"]["f"](7) is None
    assert loaded["returns []"]["f"](7) == []
    assert loaded["returns its argument"]["f"](7) == 7
    assert loaded["equals everything"]["f"](7) == 8
    with pytest.raises(NotImplementedError):
        loaded["raises"]["Solution"]().g(7)


def test_scripts_compile_and_every_kind_has_null_programs():
    for source in (*null_scripts().values(), *null_scripts_for_checker().values()):
        compile(source, "null", "exec")
    for suite in (
        Suite(id="a", asserts=["assert f()"]),
        Suite(id="c", check="def check(c): c()", entry_point="f"),
        Suite(id="i", io=[{"stdin": "", "stdout": "1"}]),
        Suite(id="p", io=[{"stdin": "", "stdout": "1"}], checker="def check(i, o, e): return o == e"),
    ):
        assert len(kind_of(suite).null_programs(suite)) >= 4
