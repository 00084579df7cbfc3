"""Never gets to define anything."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["time_limit", "not_run"]
# ///
while True:
    pass


def f(x):
    return x * x
