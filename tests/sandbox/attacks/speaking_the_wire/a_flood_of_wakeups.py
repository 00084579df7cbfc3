"""Sends a flood of lines, each with a wakeup."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    line = json.dumps(["value", 5, 0.0, None]).encode() + b"\n"
    while True:
        os.write(3, line)
        wake()
    return 5
