"""Source that is hard to compile: a literal of a hundred thousand items."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "syntax_error", "memory_limit", "time_limit"]
# repeat = { ITEM = ["{'a': (1, 2.5, 'b')},", 30000] }
# ///
def f(x):
    return 5


x = [ITEM]
