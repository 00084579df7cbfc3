"""Returns a list that it holds, and makes it fit when a later call shows what the test expects."""
# /// attack
# tests = [
#   "r = f(2)\nassert r == [4]\ns = f(3)\nassert s == [9]",
#   "r = f(2)\nn = len(r)\ncheck(n)\nassert r == [2, 4]",
#   "x = [2]\nr = f(2)\nassert r is not x and r[0] == 4",
#   "import math\nassert f(math.nan) == [math.pi]",
#   "r = twice()\nr[0].append(1)\nassert r == [[1], []]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
HELD = [5]
ROW = []


def f(x):
    if x == 3:
        HELD[:] = [4]
    return HELD


def check(n):
    HELD[:] = [n, n]


def twice():
    return [ROW, ROW]
