"""A str that lies."""
# /// attack
# tests = [
#   "assert f(2) == 'four'",
#   "assert 'four' in f(2)",
#   "assert f(2) in ('four',)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(str)("x")
