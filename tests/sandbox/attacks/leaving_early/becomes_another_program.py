"""Becomes another program."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, sys


def f(x):
    os.execv("/acecoder/python/bin/python3.11", ["p", "-c", "pass"])
