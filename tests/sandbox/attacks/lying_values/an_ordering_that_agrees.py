"""Objects that are below and above whatever they are compared with, in sorted, min, max and bisect."""
# /// attack
# tests = [
#   "assert sorted([f(2), 4]) == [4, 4]",
#   "assert min(f(2), 4) == 4",
#   "import bisect\nassert bisect.bisect([1, 2, 3], f(2)) == 3",
#   "assert 3 <= f(2) <= 5",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import functools


@functools.total_ordering
class Any:
    __eq__ = __lt__ = lambda *_: True


def f(x):
    return Any()
