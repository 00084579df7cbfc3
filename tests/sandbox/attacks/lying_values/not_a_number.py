"""A number that is neither below nor above."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert 3 < f(2) < 5",
#   "assert isclose(f(2), 4)",
#   "assert abs(f(2) - 4) < 1e-6",
#   "assert f(2) == f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(x):
    return float("nan")
