"""Adds up from the right."""
# /// attack
# tests = [
#   "assert 0.5 + f(2) == 4.5",
#   "assert sum([f(2), 1]) == 5",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
