"""Executes a program that exits with 0 and says that all tests passed."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, sys


def f(x):
    os.execv(sys.executable, [sys.executable, "-S", "-c", 'print("passed")'])
