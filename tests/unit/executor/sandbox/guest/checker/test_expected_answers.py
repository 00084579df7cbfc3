"""A test that only compares a prefetched answer with a constant need not run, if the answer is plain data."""

import pytest

from services.executor.sandbox.guest.checker import plan


def expected(test, setup=""):
    call = plan.make_plan([test], setup).tests[0].prefetch
    return None if call is None else call.answer


@pytest.mark.parametrize(
    "test",
    [
        "assert f(1) == 2",
        "assert f([1]) == [1, (2, {'a': {3}})], 'a message'",
        "assert f() == -0.5",
        "assert f('x')",
        "assert not f(1)",
    ],
)
def test_tests_that_do_nothing_but_compare(test):
    assert expected(test) is not None


@pytest.mark.parametrize(
    "test",
    [
        "assert 2 == f(1)",
        "assert f(1) != 2",
        "assert f(1) < 2",
        "assert f(1) == 2 == 2",
        "assert f(1) == set()",
        "assert f(1) == expected",
        "assert f(1) == 2 or False",
        "assert f(1)[0] == 2",
        "assert abs(f(1)) == 2",
        "assert f(1) == print()",
        "assert f(1) == f'{2}'",
    ],
)
def test_tests_that_run(test):
    assert expected(test) is None


@pytest.mark.parametrize(
    ("test", "line", "read"),
    [
        ("assert f(1) == 2", b'["value",2,0.25,null]', (0.25, 2, True)),
        ("assert f(1) == 2", b'["value",2.0,0.25,null]', (0.25, 2.0, True)),
        ("assert f(1) == 2", b'["value",3,0.25,null]', (0.25, 3, False)),
        ("assert f(1) == True", b'["value",1,0.25,null]', (0.25, 1, True)),
        ("assert f(1) == (1, 2)", b'["value",{"t":[1,2]},0.25,null]', (0.25, (1, 2), True)),
        ("assert f(1) == (1, 2)", b'["value",[1,2],0.25,null]', (0.25, [1, 2], False)),
        ("assert f(1) == 2, 'why'", b'["value",2.0,0.25,null]', (0.25, 2.0, True)),
        ("assert f(1)", b'["value",[0],0.25,null]', (0.25, [0], True)),
        ("assert not f(1)", b'["value",[],0.25,null]', (0.25, [], True)),
        ("assert not f(1)", b'["value",{"t":[0]},0.25,null]', (0.25, (0,), False)),
    ],
)
def test_an_answer_of_plain_data_is_compared_as_the_test_would(test, line, read):
    assert expected(test).read(line) == read
    assert [type(part) for part in expected(test).read(line)] == [type(part) for part in read]


@pytest.mark.parametrize(
    "line",
    [
        b'["value",3,0.25,null]',
        b'["value",2,0.25,[[0,[1]]]]',
        b'["value",2,1e5x,null]',
        b'["value",2,1_0,null]',
        b'["value",2,nan,null]',
        b'["value",2,"0.25",null]',
        b'["value",2,0.25,null,null]',
        b'["value",2,null]',
        b'["value",{"h":0,"k":"object","n":"int"},0.25,null]',
        b'["value",[{"h":-1}],0.25,null]',
        b'["value",{"a":"math"},0.25,null]',
        b'["value",{"D":"sNaN"},0.25,null]',
        b'["value",{"R":["(a+)+b",0]},0.25,null]',
        b'["error",{"own":[],"name":"ValueError"},0.25,null]',
        b'["stopped"]',
        b'["value",2,',
    ],
)
def test_any_other_line_is_left_to_the_test(line):
    assert expected("assert f(1) == 2, 'why'").read(line) is None


@pytest.mark.parametrize(
    ("setup", "is_repeatable"),
    [
        ("", True),
        (
            "import math\nfrom typing import List\nLIMIT = [1, {'a': -2}]\n'text'\ndef helper(x):\n    return x",
            True,
        ),
        ("items = list(range(3))", False),
        ("numbers.append(1)", False),
        ("def helper(x=[]):\n    return x", False),
        ("@wraps\ndef helper(x):\n    return x", False),
        ("class Helper:\n    pass", False),
        ("global_state['a'] = 1", False),
        ("for n in range(3):\n    pass", False),
    ],
)
def test_a_setup_that_only_binds_names_may_be_left_out_once_it_has_run(setup, is_repeatable):
    assert plan.make_plan(["assert f(1) == 2"], setup).is_setup_repeatable is is_repeatable
