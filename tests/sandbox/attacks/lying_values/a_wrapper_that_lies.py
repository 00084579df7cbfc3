"""Wraps a list, a dictionary and a text in classes of its own whose content agrees with everything."""
# /// attack
# tests = [
#   "assert f('list') == [4]",
#   "assert [4] == f('list')",
#   "assert not f('list') != [4]",
#   "assert f('list') >= [4] and f('list') <= [4]",
#   "assert isinstance(f('list'), list)",
#   "assert f('dict') == {'a': 4}",
#   "assert f('chain') == {'a': 4}",
#   "import json\nassert json.dumps(f('dict')) == '{\"a\": 4}'",
#   "assert f('text') == '4'",
#   "assert f('text') in {'4': 1}",
#   "import unittest\nunittest.TestCase().assertEqual(f('text'), '4')",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from collections import ChainMap, UserDict, UserList, UserString


class Yes:
    __eq__ = __ge__ = __le__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = lambda _: hash("4")


class YesText(str):
    __eq__ = lambda *_: True
    __hash__ = lambda _: hash("4")


class L(Yes, UserList):
    data = property(lambda self: [Yes()])
    __init__ = lambda self: None


class D(Yes, UserDict):
    data = property(lambda self: {"a": Yes()})
    __init__ = lambda self: None


class C(Yes, ChainMap):
    __iter__ = lambda self: iter(["a"])
    __getitem__ = lambda self, key: Yes()


class T(Yes, UserString):
    data = property(lambda self: YesText("no"))
    __init__ = lambda self: None


def f(kind):
    return {"list": L, "dict": D, "chain": C, "text": T}[kind]()
