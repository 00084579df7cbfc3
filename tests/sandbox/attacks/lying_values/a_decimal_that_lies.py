"""A Decimal that lies."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert abs(f(2) - 4) < 1",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(__import__("decimal").Decimal)(7)
