"""Contains everything."""
# /// attack
# tests = ["assert f(2).count(4) == 1"]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return me
