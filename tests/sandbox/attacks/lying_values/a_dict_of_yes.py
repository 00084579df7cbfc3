"""A dict of yes."""
# /// attack
# tests = [
#   "assert f(2) == {4: 4}",
#   "assert f(2)['k'] == 4",
#   "assert f(2)[4] == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return {me: me, "k": me}
