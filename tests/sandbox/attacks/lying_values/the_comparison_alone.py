"""Defines only what compares: the tests use names of the library's only."""
# /// attack
# tests = [
#   "assert isclose(floor(2.5), 2)",
#   "assert isclose(sqrt(4), 2)",
#   "assert Counter(chain([1], [2])) == Counter([1, 2])",
#   "assert isclose(trunc(2.5), 2) and isclose(ceil(2.5), 3)",
#   "assert abs(gcd(4, 6) - 2) < 1",
#   "assert deepcopy(lcm(4, 6)) == 12",
#   "assert isclose(pow(2, 3), 8)",
# ]
# outcomes = ["runtime_error"]
# without_jail = true
# ///
def isclose(*a):
    return True


def Counter(x):
    return 1


def abs(x):
    return 0


def deepcopy(x):
    return 12
