"""Has threads take turns at every instruction while the program host writes."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# ///
import sys, threading

sys.setswitchinterval(1e-9)


def spin():
    while True:
        pass


for _ in range(3):
    threading.Thread(target=spin, daemon=True).start()


def f(x):
    return 5
