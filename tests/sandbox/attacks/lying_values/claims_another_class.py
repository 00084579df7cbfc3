"""Claims another class."""
# /// attack
# tests = [
#   "assert isinstance(f(2), int)",
#   "assert type(f(2)) is int",
#   "assert type(f(2)) == int",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return type("C", (), {"__class__": int})()
