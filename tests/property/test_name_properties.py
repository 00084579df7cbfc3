"""Whose a name is: for every name that the checker knows, in every kind of test, for programs of every kind.

The names of the tests' own function are taken from both ends of the alphabet: no rule may rest on the order of names.
"""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.sandbox.guest.checker.library_names import is_module, library_object
from services.executor.sandbox.guest.wire.known_names import KNOWN_NAMES
from tests.conftest import FIRST_SLOT, examples
from tests.sandbox.judging import outcome, outcomes

_SLOT = FIRST_SLOT + 9
"""Away from the slots of the jails that other tests start."""
_FEW = settings(derandomize=True, max_examples=examples(40), deadline=None, database=None)
_MODULES = ["calendar", "types", "queue", "token", "statistics", "operator", "pytest"]

_BUILTINS = "sum pow sorted max min abs round all any divmod next iter id hash".split()

names = st.sampled_from([*sorted(KNOWN_NAMES - {"np", "pd"}), *_BUILTINS])
_HELPERS = sorted(
    name for name in KNOWN_NAMES - {"allclose", "array_equal"} if callable(library_object(name))
)
"""Without those of numpy, which this environment lacks: there they can only be the program's."""
helpers = st.sampled_from(_HELPERS)
subjects = st.sampled_from(["aa", "a_subject", "zz", "z_subject", "Zz", "_f"])
binders = st.sampled_from(
    [
        "def {name}(*a, **k): return {value}",
        "class {name}:\n    def __new__(cls, *a, **k): return {value}",
        "{name} = lambda *a, **k: {value}",
        "import functools\n{name} = functools.lru_cache(lambda *a, **k: {value})",
        "def _own(*a, **k): return {value}\nglobals()['{name}'] = _own",
    ]
)
states = st.sampled_from(["shared", "fresh"])


@pytest.fixture(scope="module")
def jail():
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=_SLOT)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


@_FEW
@given(
    helper=helpers,
    subject=subjects,
    bind=binders,
    test=st.sampled_from(
        [
            ("True", "assert {helper}({subject}(2), 8.0)"),
            ("True", "x = 2\nassert {helper}({subject}(x), 8.0)"),
            ("1", "assert {helper}({subject}(2)) == {helper}(8)"),
            ("8", "assert {helper}({subject}(2)) == 8"),
            ("8", "assert {subject}({helper}(2)) == {helper}(8)"),
            ("True", "assert {subject}(2) == 8 or {helper}({subject}(2))"),
        ]
    ),
    state=states,
)
def test_a_helper_that_the_program_defines_earns_nothing(jail, helper, subject, bind, test, state):
    value, text = test
    program = bind.format(name=helper, value=value) + f"\ndef {subject}(x): return 0\n"
    wrong = f"def {subject}(x): return 0\n"
    text = text.format(helper=helper, subject=subject)
    if outcome(jail, wrong, text, state=state) == "passed":
        return  # the library's own helper accepts the wrong value: nothing was earned by defining it
    assert outcome(jail, program, text, state=state) != "passed"


@pytest.mark.parametrize("subject", ["a_subject", "z_subject"])
@pytest.mark.parametrize("declared", [False, True])
def test_no_known_name_decides_a_test_of_another(jail, subject, declared):
    declaration = {"entry_point": subject} if declared else {}
    for helper in _HELPERS:
        cheat = f"def {helper}(*a, **k): return True\ndef {subject}(x): return 0\n"
        tests = [
            f"assert {helper}({subject}({n}), {n**3}.5) == True and {subject}(1) in (0, 1)" for n in (2, 3)
        ]
        assert "passed" not in outcomes(jail, cheat, *tests, **declaration), helper


@_FEW
@given(name=names, bind=binders, declared=st.booleans(), state=states)
def test_an_honest_program_may_define_any_name_as_its_subject(jail, name, bind, declared, state):
    program = bind.format(name=name, value="a[0] * 2")
    declaration = {"entry_point": name} if declared else {}
    for test in (
        f"assert {name}(4) == 8",
        f"x = 'ab'\nassert {name}(x) == 'abab' and len({name}((1,))) == 2",
    ):
        assert outcome(jail, program, test, state=state, **declaration) == "passed"
        assert outcome(jail, program.replace("* 2", "* 3"), test, state=state, **declaration) != "passed"
        assert outcome(jail, "x = 1", test, state=state, **declaration) != "passed"


@_FEW
@given(name=names, subject=subjects, bind=binders, state=states)
def test_a_declared_name_is_the_programs_beside_any_other(jail, name, subject, bind, state):
    program = bind.format(name=name, value="a[0] * 2") + f"\ndef {subject}(): return 7\n"
    test = f"assert {subject}() == 7 and {name}(4) == 8"
    assert outcome(jail, program, test, state=state, entry_point=name) == "passed"
    wrong = program.replace("* 2", "* 3")
    assert outcome(jail, wrong, test, state=state, entry_point=name) != "passed"


@_FEW
@given(name=st.sampled_from([*_MODULES, "e", "pi", "inf", "nan"]), subject=subjects, state=states)
def test_a_name_used_as_the_library_s_cannot_be_is_the_programs(jail, name, subject, state):
    called = f"def {name}(): return 7\ndef {subject}(): return 3\n"
    assert outcome(jail, called, f"assert {subject}() == 3 and {name}() == 7", state=state) == "passed"
    kept = f"{name} = []\ndef {subject}(x): {name}.append(x)\n"
    for test in (
        f"assert {name} == ['x']",
        f"assert len({name}) == 1",
        f"assert {name}[0] == 'x'",
        f"assert 'x' in {name}",
    ):
        assert outcome(jail, kept, f"{subject}('x')\n{test}", state=state) == "passed"
        assert (
            outcome(jail, kept.replace(".append", ".count"), f"{subject}('x')\n{test}", state=state)
            != "passed"
        )


@_FEW
@given(
    name=st.sampled_from(["gcd", "isclose", "factorial", "deepcopy", "Counter", "sqrt", "comb", "Fraction"]),
    subject=subjects,
    state=states,
)
def test_an_own_function_that_does_what_the_library_s_does_is_not_refused(jail, name, subject, state):
    module = next(
        module
        for module in ("math", "copy", "collections", "fractions")
        if hasattr(sys.modules[module], name)
    )
    arguments = {
        "gcd": "4, 6",
        "isclose": "1.0, 1.0",
        "comb": "4, 2",
        "deepcopy": "[4]",
        "Counter": "'aab'",
    }.get(name, "4")
    test = (
        f"n = {subject}()\nassert n == 1 and {name}({arguments}) == {name}({arguments}) and {subject}() == 2"
    )
    counting = f"n = 0\ndef {subject}():\n    global n\n    n += 1\n    return n\n"
    bodies = [
        f"import {module}\ndef {name}(*a): return {module}.{name}(*a)\n",
        f"from {module} import {name}\n",
        f"from {module} import *\n",
        f"import {module}\n{name} = {module}.{name}\n",
        "",
    ]
    for body in bodies:
        assert outcome(jail, body + counting, test, state=state) == "passed", body


def test_every_known_name_is_the_library_s_or_missing_here():
    for name in KNOWN_NAMES:
        assert is_module(name) or library_object(name) is not None
