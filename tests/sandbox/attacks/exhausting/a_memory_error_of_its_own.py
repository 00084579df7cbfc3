"""Raises MemoryError without using any."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["memory_limit"]
# without_jail = true
# ///
def f(x):
    raise MemoryError
