"""A mapping whose missing keys, items and views are whatever is asked."""
# /// attack
# tests = [
#   "assert f(2) == {'a': 4}",
#   "assert f(2)['a'] == 4",
#   "assert 'a' in f(2)",
#   "assert f(2).get('a') == 4",
#   "assert list(f(2).values()) == [4]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class D(dict):
    __missing__ = lambda self, key: 5
    __contains__ = lambda *_: True
    get = lambda *_: 4
    items = keys = values = lambda self: [4]
    __eq__ = lambda *_: True
    __hash__ = None


def f(x):
    return D()
