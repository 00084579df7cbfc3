"""Whatever value passes between a test and an honest program: the jail finds what plain Python finds.

Each example is one test, held by the program or not, run in the jail and in this process. Values are written out again
wherever a test names one, so that no test rests on the identity of a number or a string: those travel by value.
"""

import datetime
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clients.contract import TestResult
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT, examples
from tests.sandbox.judging import results
from tests.sandbox.oracle import load, run_test

_SLOT = FIRST_SLOT + 8
"""Away from the slots of the jails that other tests start."""
_SETUP = "import datetime\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
_PROGRAM = """
from dataclasses import dataclass

@dataclass
class Box:
    value: object

class Own(Exception):
    pass

class Whole(int):
    pass

KINDS = {"value": ValueError, "key": KeyError, "own": Own, "stop": StopIteration}

def echo(x):
    return x

def around(x):
    return [(x, {"k": x})]

def wrap(x):
    return Box(x)

def whole(n):
    return Whole(n)

def fail(kind, *args):
    raise KINDS[kind](*args)

def caught(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__, error.args

def each(items):
    yield from items

def call(function, *args, **kwargs):
    return function(*args, **kwargs)

def ordered(items):
    return sorted(items)

def append(items, item):
    items.append(item)
    return items

def reverse(items):
    items.reverse()

def put(mapping, key, value):
    mapping[key] = value

def nest(items, x):
    for inner in items:
        inner.append(x)
    return items[0]
"""
_FEW = settings(derandomize=True, max_examples=examples(25), deadline=None, database=None)

numbers = st.one_of(
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.booleans(),
    st.sampled_from([0, 1, -0.0, 10**300, 0.1 + 0.2]),
)
atoms = st.one_of(
    numbers,
    st.none(),
    st.text(st.characters(), max_size=8),
    st.binary(max_size=8),
    st.complex_numbers(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.fractions(),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
)
hashable = st.recursive(
    atoms,
    lambda of: st.tuples(of, of) | st.frozensets(of, max_size=3) | st.lists(of, max_size=3).map(tuple),
    max_leaves=4,
)
values = st.recursive(
    hashable,
    lambda of: (
        st.lists(of, max_size=3)
        | st.tuples(of)
        | st.sets(hashable, max_size=3)
        | st.dictionaries(hashable, of, max_size=3)
        | st.binary(max_size=4).map(bytearray)
    ),
    max_leaves=8,
)


@st.composite
def two(draw, of=values):
    """A value and what a test says of it: as often the same as another."""
    value = draw(of)
    return value, value if draw(st.booleans()) else draw(of)


def literal(value: object) -> str:
    """Return an expression that makes a new, equal value."""
    match value:
        case float() if not math.isfinite(value):
            return f"float({str(value)!r})"
        case str():
            return ascii(value)
        case bool() | int() | float() | None | bytes() | bytearray() | complex():
            return repr(value)
        case Decimal() | Fraction() | datetime.date() | datetime.timedelta():
            return repr(value)
        case dict():
            return "{" + "".join(f"{literal(k)}: {literal(v)}, " for k, v in value.items()) + "}"
        case list() | set() | frozenset() | tuple():
            return f"{type(value).__name__}(({''.join(f'{literal(item)}, ' for item in value)}))"
    raise TypeError(type(value))


@pytest.fixture(scope="module")
def jail():
    """One warm jail for all examples."""
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=_SLOT)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


def as_in_plain_python(jail, *tests: str) -> list[TestResult]:
    """Judge tests both ways, in order against one load; return what the jail found."""
    found = results(
        jail, _PROGRAM, *tests, setup=_SETUP, cpu_s=5.0, total_cpu_s=20.0, memory_bytes=512 * 2**20
    )
    program = load(_PROGRAM)
    for test, result in zip(tests, found, strict=True):
        plain = run_test(program, _SETUP, test)
        assert (result.outcome.value == "passed") == (not plain), (test, result, plain)
    return found


@_FEW
@given(
    two(),
    st.sampled_from(
        ["echo({})", "call(lambda x: x, {})", "call(echo, {})", "wrap({}).value", "around({})[0][0]"]
    ),
)
def test_values_there_and_back(jail, pair, way):
    value, said = map(literal, pair)
    (found,) = as_in_plain_python(jail, f"assert {way.format(value)} == {said}")
    assert not found.rests_on_program


@_FEW
@given(values)
def test_kinds_and_texts_of_values(jail, value):
    text = literal(value)
    as_in_plain_python(
        jail,
        f"assert type(echo({text})) is type({text})",
        f"x = {text}\nassert type(around(x)[0]) is tuple and len(repr(echo(x))) == len(repr(x))",
    )


@_FEW
@given(two(st.lists(values, max_size=4)), values)
def test_arguments_changed_in_place(jail, pair, item):
    items, said = map(literal, pair)
    item = literal(item)
    as_in_plain_python(
        jail,
        f"x = {items}\nassert append(x, {item}) is x and x == {said} + [{item}]",
        f"x = {items}\nassert reverse(x) is None and x == {said}[::-1]",
        f"x = [{items}, {items}]\nx.append(x[0])\nassert nest(x, {item}) is x[0] is x[2]\n"
        f"assert x[0] == {said} + [{item}] * 2",
    )


@_FEW
@given(two(st.dictionaries(hashable, values, max_size=3)), hashable, values)
def test_mappings_and_their_views(jail, pair, key, value):
    mapping, said = map(literal, pair)
    key, value = literal(key), literal(value)
    as_in_plain_python(
        jail,
        f"x, y = {mapping}, {said}\nput(x, {key}, {value})\ny[{key}] = {value}\n"
        "assert x == y and list(x) == list(y)",
        f"assert echo({mapping}.keys()) == {said}.keys()",
        f"assert list(each({mapping}.values())) == list({said}.values())",
    )


@_FEW
@given(two())
def test_objects_of_the_program_s_are_compared_by_its_own_rule(jail, pair):
    value, said = map(literal, pair)
    found = as_in_plain_python(
        jail,
        f"assert wrap({value}) == wrap({said})",
        f"assert wrap({value}) != wrap({said})",
        f"assert wrap({value}) == {said}",
        f"x = wrap({value})\nassert x in [x] and x.value == {said}",
    )
    assert all(test.rests_on_program for test in found[:2] if test.outcome.value == "passed")


@_FEW
@given(
    two(),
    st.sampled_from(["ValueError", "KeyError", "Own", "Exception", "StopIteration"]),
    st.sampled_from(["value", "key", "own", "stop"]),
)
def test_exceptions_that_are_expected(jail, pair, kind, raised):
    # tests that do not name it are told RuntimeError, by rule
    assume(raised != "stop" or kind == "StopIteration")
    value, said = map(literal, pair)
    as_in_plain_python(
        jail,
        f"try:\n    fail({raised!r}, {value})\nexcept {kind} as error:\n    assert error.args == ({said},)\n"
        "else:\n    assert False",
        f"def f():\n    raise KeyError({value})\nassert caught(f) == ('KeyError', ({said},))",
    )


@_FEW
@given(two(st.lists(values, max_size=4)))
def test_iterators_and_callbacks(jail, pair):
    items, said = map(literal, pair)
    as_in_plain_python(
        jail,
        f"assert list(each(iter({items}))) == {said}",
        f"assert [*each(x for x in {items})] == {said}",
        f"seen = []\nfor x in each({items}):\n    call(seen.append, x)\nassert seen == {said}",
        f"assert call(lambda *a, k: (list(a), k), *{items}, k=1) == ({said}, 1)",
    )


@_FEW
@given(two(st.lists(numbers, max_size=5)), st.integers(-(10**20), 10**20))
def test_numbers(jail, pair, n):
    items, said = map(literal, pair)
    as_in_plain_python(
        jail,
        f"assert ordered({items}) == sorted({said})",
        f"assert whole({n}) == {n} and whole({n}) + 1 == {n + 1} and isinstance(whole({n}), int)",
        f"import math\nassert all(map(math.isclose, echo({items}), {said}))",
    )
