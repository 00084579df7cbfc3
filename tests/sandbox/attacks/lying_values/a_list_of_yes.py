"""A list of yes."""
# /// attack
# tests = [
#   "assert f(2) == [4]",
#   "assert f(2)[0] == 4",
#   "assert sorted(f(2)) == [4]",
#   "assert 4 in f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return [me]
