"""Defines nothing under test, so that the language's builtins answer."""
# /// attack
# tests = [
#   "assert sum([1, 2, 3]) == 6",
#   "xs = [3, 1]\nassert sorted(xs) == [1, 3]",
#   "assert pow(2, 3) == 8",
#   "assert abs(pow(2, 3) - 8) < 1e-6",
#   "assert gcd(4, 6) == 2",
#   "assert isclose(sqrt(4), 2)",
#   "assert max(min([3, 1]), 0) == 1",
# ]
# outcomes = ["runtime_error"]
# without_jail = true
# ///
x = 1
