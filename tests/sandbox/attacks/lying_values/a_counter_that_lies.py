"""A Counter that lies."""
# /// attack
# tests = [
#   "assert f(2) == {'a': 4}",
#   "assert f(2)['a'] == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(__import__("collections").Counter)("a")
