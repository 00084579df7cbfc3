"""A callback of the collector that runs in the program host's code and ends it."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import gc, os

gc.set_threshold(1)
gc.callbacks.append(lambda *_: os._exit(0))


def f(x):
    return [[] for _ in range(999)]
