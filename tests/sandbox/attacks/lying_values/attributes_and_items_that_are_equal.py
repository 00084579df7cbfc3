"""Attributes and items that are equal."""
# /// attack
# tests = [
#   "assert f(2).value == 4",
#   "assert f(2)['value'] == 4",
#   "assert f(2)() == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
