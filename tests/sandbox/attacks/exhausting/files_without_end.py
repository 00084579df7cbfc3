"""Fills its scratch directory, so that the test's may fill up: with large files, and with as many as there may be."""
# /// attack
# tests = [
#   "import os\nr = f(2)\nassert r == 4 and os.listdir('.')",
#   "import os\nr = g(2)\nassert r == 4 and os.listdir('.')",
#   "import os\nfor _ in range(200):\n    r = h(2)\nassert r == 4 and os.listdir('.')",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# ///
import os

made = 0


def f(x):
    for n in range(40):
        with open(f"large{n}", "wb") as file:
            file.write(os.urandom(1 << 20))
    return 5


def g(x):
    for n in range(3000):
        open(f"small{n}", "w").close()
    return 5


def h(x):
    global made
    made += 1
    for n in range(made % 50):
        with open(f"more{made}x{n}", "w") as file:
            file.write("x" * 500)
    return 5
