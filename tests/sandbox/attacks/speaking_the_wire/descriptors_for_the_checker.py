"""Descriptors for the checker."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    a, b = os.pipe()
    for _ in range(200):
        socket.send_fds(socket.socket(fileno=os.dup(3)), [b"\n"], [a, b])
    return 5
