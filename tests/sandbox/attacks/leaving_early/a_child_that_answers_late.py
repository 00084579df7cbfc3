"""Ends the process, and has a child answer once the test is over."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, time, json


def f(x):
    if os.fork() == 0:
        time.sleep(0.05)
        os.write(3, json.dumps(["value", x * x, 0.0, None]).encode() + b"\n")
        os.eventfd_write(4, 1)
        os._exit(0)
    os._exit(0)
