"""Source that is hard to compile: comprehensions within comprehensions."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "syntax_error", "memory_limit", "time_limit"]
# repeat = { OPEN = ["[", 60], CLOSE = [" for _ in ()]", 60] }
# ///
def f(x):
    return 5


x = lambda: OPEN1CLOSE
