"""Overwrites small integers in memory, so that five is four wherever it shares them."""
# /// attack
# tests = [
#   "assert [f(2), 0] == [4.5, 0]",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import ctypes


def f(x):
    ctypes.memmove(id(5) + 24, id(4) + 24, 4)
    return 5
