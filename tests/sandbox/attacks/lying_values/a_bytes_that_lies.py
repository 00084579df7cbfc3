"""A bytes that lies."""
# /// attack
# tests = [
#   "assert f(2) == b'four'",
#   "assert b'four' in f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(bytes)(b"x")
