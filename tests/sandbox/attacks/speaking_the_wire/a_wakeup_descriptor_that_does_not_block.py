"""Makes its wakeup descriptor non-blocking."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    fcntl.fcntl(4, fcntl.F_SETFL, os.O_NONBLOCK)
    for _ in range(20000):
        os.eventfd_write(4, 1)
        os.eventfd_read(4)
    return 5
