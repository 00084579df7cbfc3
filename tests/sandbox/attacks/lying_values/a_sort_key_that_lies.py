"""A key function that gives objects whose order lies."""
# /// attack
# tests = [
#   "assert sorted([3, 1, 2], key=f) == [3, 2, 1]",
#   "assert max([3, 1, 2], key=f) == 1",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class K:
    __lt__ = lambda *_: True


def f(x):
    return x
