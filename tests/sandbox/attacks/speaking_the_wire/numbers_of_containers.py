"""Gives containers of its answers numbers that are unknown, taken, or of another kind."""
# /// attack
# tests = [
#   "n = CASE\nr = f(n)\nassert r == [4] or r == 4",
#   "n = CASE\nx = [3]\ny = [9]\nr = f(n, x)\ng(x)\nassert y == [9] and r == 4",
#   "n = CASE\nfirst = f(n)\nsecond = f(n)\nassert first == [4] and second == [4]",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 14
# ///
K = 1 << 32
LINES = [
    ["value", {"h": K}, 0.001, None],
    ["value", {"h": K, "k": "live", "v": 5}, 0.001, None],
    ["value", {"h": K, "k": "live", "v": [{"h": K}]}, 0.001, None],
    ["value", {"h": K, "k": "live", "v": {"d": [[[1], 2]]}}, 0.001, None],
    ["value", {"h": K + 1, "v": {"h": K + 2, "v": {"h": K + 1, "v": [5]}}}, 0.001, [[-K - 3, {"h": K + 1}]]],
    ["value", 5, 0.001, [[0, None, K], [-K - 1, [4]]]],
    ["value", 5, 0.001, [[7, None, K]]],
    ["value", 5, 0.001, [[0, None, "x"]]],
    ["value", {"h": K, "v": [5]}, 0.001, [[-K - 1, {"d": []}], [-K - 1, [5, 5]], [-1 << 90, [4]]]],
    ["value", {"a": "x"}, 0.001, None],
    ["value", {"a": [1]}, 0.001, None],
    ["value", {"a": -7}, 0.001, None],
    ["value", [{"h": K + n, "k": "live", "v": [n]} for n in range(3000)], 0.001, None],
    ["value", {"h": 1 << 39, "k": "live", "v": {"S": [["__class__", 4]]}}, 0.001, None],
]


def f(n, x=None):
    say(LINES[n])
    return [5]


def g(x):
    x.clear()
