"""Registers handlers that write a right-looking answer when the process ends."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import atexit, json, os, sys


def last():
    os.write(3, json.dumps(["value", 4, 0.0, None]).encode() + b"\n")


atexit.register(last)


def f(x):
    sys.exit(0)
