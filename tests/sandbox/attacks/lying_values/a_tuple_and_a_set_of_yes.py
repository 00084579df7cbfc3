"""A tuple and a set of yes."""
# /// attack
# tests = [
#   "assert f(2) == (4, {4})",
#   "assert 4 in f(2)[1]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return (me, {me})
