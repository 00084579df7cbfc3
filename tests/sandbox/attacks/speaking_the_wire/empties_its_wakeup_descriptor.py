"""A child empties the wakeup descriptor after every write, so that a reader of it would wait."""
# /// attack
# tests = [
#   "assert f(0) == 4",
#   "x = 0\nassert f(x) == 2",
#   "x = 1\nassert f(x) == 3",
#   "x = 2\nassert f(x) == 6",
#   "x = 3\nassert f(x) == 11",
#   "x = 4\nassert f(x) == 18",
#   "x = 5\nassert f(x) == 27",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# limits = { wall_s = 1.0, total_wall_s = 3.0 }
# ///
import time

if os.fork() == 0:
    while True:
        os.eventfd_read(4)


def f(x):
    time.sleep(0.01)
    return 5
