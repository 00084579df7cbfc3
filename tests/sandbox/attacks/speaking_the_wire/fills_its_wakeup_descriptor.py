"""Writes to its wakeup descriptor until it is full."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# prelude = "_talk.py"
# ///
def f(*args):
    os.eventfd_write(4, (1 << 64) - 2)
    return 5
