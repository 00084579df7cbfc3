"""Hooks every event of the interpreter and raises in it."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


def hook(event, args):
    if event.startswith(("os.", "socket.", "import", "marshal")):
        raise SystemExit(0)


sys.addaudithook(hook)


def f(x):
    return 5
