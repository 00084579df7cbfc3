"""A thread that edits what the program host is about to send."""
# /// attack
# tests = [
#   "assert f(2) == 7",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# ///
import gc, threading


def edit():
    while True:
        for each in gc.get_objects():
            if type(each) is list and each[:1] == ["value"]:
                each[1] = 4


threading.Thread(target=edit, daemon=True).start()


def f(x):
    return 5
