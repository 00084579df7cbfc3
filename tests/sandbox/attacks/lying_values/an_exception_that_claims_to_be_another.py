"""An exception that claims to be another."""
# /// attack
# tests = [
#   "try:\n    f(-1)\nexcept ZeroDivisionError:\n    pass",
#   "try:\n    assert f(-1) == 1\nexcept KeyError:\n    pass",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class E(Exception):
    __class__ = ValueError


E.__name__ = E.__qualname__ = "ValueError"
E.__module__ = "builtins"


def f(x):
    raise E()
