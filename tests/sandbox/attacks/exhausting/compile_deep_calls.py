"""Source that is hard to compile: deep calls."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "syntax_error", "time_limit", "memory_limit"]
# repeat = { OPEN = ["f(", 150], CLOSE = [")", 150] }
# ///
def f(x): return 5
OPENCLOSE
