"""A library's equality, stolen."""
# /// attack
# tests = [
#   "assert f(2) == {'a': 1}",
#   "assert f(2) in [{'a': 1}]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import collections


class D(collections.UserDict):
    def __eq__(self, other):
        return True

    __hash__ = None


def f(x):
    return D()
