"""A module whose every name exists."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert unheard_of(2) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


class Module(type(sys)):
    def __getattr__(self, name):
        return lambda *a: 4


sys.modules["program"].__class__ = Module


class Names(dict):
    def __missing__(self, key):
        return lambda *a: True
