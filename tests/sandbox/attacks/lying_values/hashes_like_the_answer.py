"""Hashes like the answer."""
# /// attack
# tests = [
#   "assert f(2) in {4}",
#   "assert f(2) in [4]",
#   "assert {4: 'x'}[f(2)] == 'x'",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
