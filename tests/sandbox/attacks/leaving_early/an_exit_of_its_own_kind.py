"""A subclass of SystemExit with a code that is not a number."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Bye(SystemExit):
    code = property(lambda self: True)


def f(x):
    raise Bye("passed")
