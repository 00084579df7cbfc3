"""A class that lies."""
# /// attack
# tests = [
#   "assert f(2) == int",
#   "assert isinstance(4, f(2))",
#   "assert issubclass(int, f(2))",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return type("Meta", (type,), dict(LIES))("C", (), {})
