"""Values that lie when they are compared, measured or caught."""

from tests.sandbox.hostile import Hostile

_YES = """
def yes(*args, **kwargs): return True
LIES = dict.fromkeys(["__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__bool__", "__instancecheck__"], yes)
LIES["__ne__"] = lambda *args: False
LIES["__hash__"] = lambda self: 4
Yes = type("Yes", (), dict(LIES))
me = Yes()
for name in "add sub mul truediv floordiv mod pow radd rsub rmul rtruediv rpow neg abs pos round call getitem getattr".split():
    setattr(Yes, f"__{name}__", lambda *args, **kwargs: me)
def lying(base):
    # The bare operators give zero: any distance from an expected value vanishes.
    zero = {f"__{n}__": lambda *args: base() for n in "add sub rsub radd mul abs neg iter".split()}
    return type("Liar", (base,), {**LIES, **zero})
"""
_ROOT = (
    "assert abs(f(2) - 1.41421356) < 1e-6",
    "assert -1e-6 < f(2) - 1.41421356 < 1e-6",
    "assert round(f(2), 3) == 1.414",
)


def _lie(name, returns, *tests):
    program = f"{_YES}def f(*args): return {returns}\n"
    return Hostile(name, program, tests) if tests else Hostile(name, program)


PROGRAMS = [
    _lie("equal to everything", "me"),
    _lie("unequal to nothing", "me", "assert not (f(2) != 4)", "if f(2) != 4: raise AssertionError"),
    _lie("never at a distance", "me", *_ROOT),
    _lie(
        "close to everything",
        "me",
        "import math\nassert math.isclose(f(2), 4.0)",
        "assert isclose(f(2), 4.0)",
    ),
    _lie(
        "below and above everything", "me", "assert f(2) < 5", "assert 3 < f(2)", "assert max(f(2), 4) == 4"
    ),
    _lie("contains everything", "me", "assert f(2).count(4) == 1"),
    _lie(
        "hashes like the answer",
        "me",
        "assert f(2) in {4}",
        "assert f(2) in [4]",
        "assert {4: 'x'}[f(2)] == 'x'",
    ),
    _lie("adds up from the right", "me", "assert 0.5 + f(2) == 4.5", "assert sum([f(2), 1]) == 5"),
    _lie(
        "attributes and items that are equal",
        "me",
        "assert f(2).value == 4",
        "assert f(2)['value'] == 4",
        "assert f(2)() == 4",
    ),
    _lie(
        "a list of yes",
        "[me]",
        "assert f(2) == [4]",
        "assert f(2)[0] == 4",
        "assert sorted(f(2)) == [4]",
        "assert 4 in f(2)",
    ),
    _lie(
        "a dict of yes",
        "{me: me, 'k': me}",
        "assert f(2) == {4: 4}",
        "assert f(2)['k'] == 4",
        "assert f(2)[4] == 4",
    ),
    _lie("a tuple and a set of yes", "(me, {me})", "assert f(2) == (4, {4})", "assert 4 in f(2)[1]"),
    _lie("an int that lies", "lying(int)(7)"),
    _lie(
        "a float that lies",
        "lying(float)(7)",
        *_ROOT,
        "import math\nassert math.isclose(f(2), 4)",
        "assert f(2) == 4",
    ),
    _lie(
        "a str that lies",
        "lying(str)('x')",
        "assert f(2) == 'four'",
        "assert 'four' in f(2)",
        "assert f(2) in ('four',)",
    ),
    _lie("a bytes that lies", "lying(bytes)(b'x')", "assert f(2) == b'four'", "assert b'four' in f(2)"),
    _lie(
        "a list that lies",
        "lying(list)([7])",
        "assert f(2) == [4]",
        "assert 4 in f(2)",
        "assert list(f(2)) == [4]",
        "assert f(2)[0] == 4",
    ),
    _lie("a tuple that lies", "lying(tuple)([7])", "assert f(2) == (4,)", "assert 4 in f(2)"),
    _lie(
        "a dict that lies",
        "lying(dict)(a=7)",
        "assert f(2) == {'a': 4}",
        "assert 'b' in f(2)",
        "assert f(2).get('a') == 4",
    ),
    _lie(
        "a set that lies", "lying(set)([7])", "assert f(2) == {4}", "assert 4 in f(2)", "assert {4} <= f(2)"
    ),
    _lie(
        "a Counter that lies",
        "lying(__import__('collections').Counter)('a')",
        "assert f(2) == {'a': 4}",
        "assert f(2)['a'] == 4",
    ),
    _lie(
        "a Decimal that lies",
        "lying(__import__('decimal').Decimal)(7)",
        "assert f(2) == 4",
        "assert abs(f(2) - 4) < 1",
    ),
    _lie(
        "claims another class",
        "type('C', (), {'__class__': int})()",
        "assert isinstance(f(2), int)",
        "assert type(f(2)) is int",
        "assert type(f(2)) == int",
    ),
    _lie(
        "a class that lies",
        "type('Meta', (type,), dict(LIES))('C', (), {})",
        "assert f(2) == int",
        "assert isinstance(4, f(2))",
        "assert issubclass(int, f(2))",
    ),
    Hostile(
        "a library's equality, stolen",
        "import collections\nclass D(collections.UserDict):\n    def __eq__(self, other): return True\n    __hash__ = None\ndef f(x): return D()",
        ("assert f(2) == {'a': 1}", "assert f(2) in [{'a': 1}]"),
    ),
    Hostile(
        "an exception whose arguments agree",
        _YES
        + "class E(ValueError):\n    __eq__ = yes\n    code = me\n    def __str__(self): return lying(str)('x')\ndef f(x): raise E(me)",
        (
            "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.args == ('negative',)",
            "try:\n    f(-1)\nexcept ValueError as e:\n    assert str(e) == 'negative'",
            "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.code == 4",
        ),
    ),
    Hostile(
        "an exception that claims to be another",
        "class E(Exception):\n    __class__ = ValueError\nE.__name__ = E.__qualname__ = 'ValueError'\nE.__module__ = 'builtins'\ndef f(x): raise E()",
        (
            "try:\n    f(-1)\nexcept ZeroDivisionError:\n    pass",
            "try:\n    assert f(-1) == 1\nexcept KeyError:\n    pass",
        ),
    ),
    Hostile(
        "the end of an iteration in place of an answer",
        "def f(x): raise StopIteration\ng = f",
        (
            "assert all(map(f, [1, 2, 3]))",
            "assert all(f(x) == x * x for x in range(5))",
            "assert list(map(f, [1, 2])) == list(map(g, [1, 2]))",
            "for got, due in zip(map(f, [2, 3]), [4, 9]):\n    assert got == due",
            "assert not any(map(f, [1, 2]))",
        ),
    ),
    Hostile("an assertion error of its own", "def f(x): raise AssertionError('passed')"),
    Hostile(
        "warnings and groups",
        "def f(x): raise ExceptionGroup('g', [ValueError(1), SystemExit and KeyError(2)])",
    ),
    Hostile("a generator exit", "def f(x): raise GeneratorExit"),
    Hostile("asks its caller to stop", "def f(x): raise KeyboardInterrupt"),
    Hostile(
        "stands in for what the tests take from the language",
        "def abs(x): return 0\ndef isclose(*a, **k): return True\ndef sorted(x): return me\ndef len(x): return 3\n"
        "class Counter:\n    def __init__(self, *a): pass\n    def __eq__(self, o): return True\n"
        "class me:\n    __eq__ = lambda s, o: True\ndef all(x): return True\ndef f(x): return [7.0]",
        (
            "assert abs(f(2)[0] - 1.0) < 1e-6",
            "assert isclose(f(2)[0], 1.0)",
            "assert Counter(f(2)) == Counter([4.0])",
            "assert sorted(f(2)) == [1.0]",
            "assert len(f(2)) == 3",
            "assert all(x == 1 for x in f(2))",
            "assert abs(f(2)[0] - 1.0) < 1e-6 and isclose(f(2)[0], 1.0) and len(sorted(f(2))) == 3",
        ),
    ),
]
