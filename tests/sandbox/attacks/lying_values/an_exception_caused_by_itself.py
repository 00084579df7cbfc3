"""Exceptions that are their own cause, that have a thousand causes, or whose text has no end."""
# /// attack
# tests = [
#   "try:\n    f(1)\nexcept ValueError as e:\n    assert str(e.__cause__.__cause__) == 'negative'",
#   "try:\n    f(2)\nexcept ValueError as e:\n    assert str(e.__context__) == 'negative'",
#   "try:\n    f(3)\nexcept ValueError as e:\n    assert str(e) == 'negative'",
#   "try:\n    f(4)\nexcept ValueError as e:\n    assert str(e) == 'negative'",
#   "x = 5\nassert f(x) == 25",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "output_limit", "not_run"]
# without_jail = true
# ///
class E(ValueError):
    def __str__(self):
        while self.args[0] == 3:
            pass
        return "x" * 10**6 if self.args[0] == 4 else "x"


def f(x):
    error = E(x)
    if x == 1:
        error.__cause__ = error.__context__ = error
    for n in range(1000 if x == 2 else 0):
        outer = E(x)
        outer.__cause__, outer.__context__ = error, E(n)
        error = outer
    raise error
