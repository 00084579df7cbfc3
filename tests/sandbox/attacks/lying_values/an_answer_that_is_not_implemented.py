"""Returns the singletons that comparisons treat specially."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(x):
    return NotImplemented if x == 2 else Ellipsis
