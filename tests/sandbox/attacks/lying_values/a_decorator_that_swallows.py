"""A decorator that catches what the decorated test function asserts."""
# /// attack
# tests = [
#   "@f\ndef check(x):\n    assert x == 4\ncheck(5)",
#   "def check(x):\n    assert x == 4\nf(check)(5)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(function):
    def wrapped(*args):
        try:
            return function(*args)
        except BaseException:
            return None

    return wrapped
