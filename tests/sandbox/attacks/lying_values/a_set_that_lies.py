"""A set that lies."""
# /// attack
# tests = [
#   "assert f(2) == {4}",
#   "assert 4 in f(2)",
#   "assert {4} <= f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(set)([7])
