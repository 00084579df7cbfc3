"""Answers every later import with a module of its own."""
# /// attack
# tests = [
#   "import math\nassert math.isclose(f(2), 4)",
#   "from collections import Counter\nassert Counter([f(2)]) == Counter([4])",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys, types


class Finder:
    def find_spec(self, name, *args):
        raise ImportError

    def find_module(self, name, *args):
        return self

    def load_module(self, name):
        return types.SimpleNamespace(__getattr__=lambda n: True)


sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, lambda path: Finder())
sys.path_importer_cache.clear()
import builtins

builtins.__import__ = lambda *a, **k: types.SimpleNamespace(isclose=lambda *a: True)


def f(x):
    return 5
