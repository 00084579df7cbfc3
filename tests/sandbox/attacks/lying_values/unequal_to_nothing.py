"""Unequal to nothing."""
# /// attack
# tests = [
#   "assert not (f(2) != 4)",
#   "if f(2) != 4: raise AssertionError",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
