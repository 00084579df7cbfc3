"""Shuts one half of its channel down."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_WR)
    return 5
