"""Below and above everything."""
# /// attack
# tests = [
#   "assert f(2) < 5",
#   "assert 3 < f(2)",
#   "assert max(f(2), 4) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
