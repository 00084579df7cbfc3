"""A thread that answers too."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    import threading

    threading.Thread(target=lambda: [say(["value", 6, 0.0, None]) for _ in range(100)]).start()
    return 5
