"""Close to everything."""
# /// attack
# tests = [
#   "import math\nassert math.isclose(f(2), 4.0)",
#   "assert isclose(f(2), 4.0)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
