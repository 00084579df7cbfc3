"""A clock that stands still, while loading."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["time_limit"]
# ///
import gc, time

start = time.process_time
time.process_time = lambda: 0.0
for o in gc.get_objects():
    if type(o).__name__ == "ProgramHost":
        o._clock = time.process_time


def burn():
    end = start() + 1.0
    while start() < end:
        pass


def f(x):
    burn()
    return x * x


burn()
