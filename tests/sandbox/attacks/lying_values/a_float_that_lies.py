"""A float that lies."""
# /// attack
# tests = [
#   "assert abs(f(2) - 1.41421356) < 1e-6",
#   "assert -1e-6 < f(2) - 1.41421356 < 1e-6",
#   "assert round(f(2), 3) == 1.414",
#   "import math\nassert math.isclose(f(2), 4)",
#   "assert f(2) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(float)(7)
