"""A dict that lies."""
# /// attack
# tests = [
#   "assert f(2) == {'a': 4}",
#   "assert 'b' in f(2)",
#   "assert f(2).get('a') == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
def f(*args):
    return lying(dict)(a=7)
