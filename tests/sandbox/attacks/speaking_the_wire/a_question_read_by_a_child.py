"""A child that reads the questions and answers them with what its parent never said."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "y = 4\nassert f(y) == 16",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# limits = { wall_s = 0.7 }
# ///
if os.fork() == 0:
    while True:
        if not os.read(3, 65536):
            os._exit(0)
        say(["value", 7, 0.0, None])


def f(x):
    return 5
