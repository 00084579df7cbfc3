"""Children that write answers to tests that come later."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "y = 4\nassert f(y) == 16",
#   "assert f(5) == 25",
# ]
# outcomes = ["wrong_answer", "runtime_error", "output_limit", "time_limit"]
# ///
import os, time, json


def f(x):
    if os.fork() == 0:
        for n in range(50):
            os.write(3, json.dumps(["value", -1, 0.0, None]).encode() + b"\n")
            os.eventfd_write(4, 1)
            time.sleep(0.001)
        os._exit(0)
    return 5
