"""A verdict in place of an answer."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(*args):
    say(["test", 0, 0, "passed", 0.0, "", False], ["end", 0], ["passed"])
    return 5
