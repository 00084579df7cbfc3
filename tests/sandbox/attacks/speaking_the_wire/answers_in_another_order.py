"""Answers a batch from its end to its beginning."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(3) == 9",
#   "assert f(4) == 16",
#   "assert f(5) == 25",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
answers = []


def f(x):
    answers.append(["value", x * x, 0.001, None])
    if len(answers) == 4:
        say(*reversed(answers[:3]))
    return 5
