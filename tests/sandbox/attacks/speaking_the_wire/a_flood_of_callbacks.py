"""A flood of callbacks."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 1.0 }
# prelude = "_talk.py"
# ///
def f(*args):
    line = json.dumps(["callback", -1, "call", [], {}]).encode() + b"\n"
    while True:
        raw(line)
    return 5
