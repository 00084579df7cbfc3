"""Crashes the interpreter."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import ctypes


def f(x):
    ctypes.string_at(0)
