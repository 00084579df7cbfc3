"""Passes one test, and then makes the setup of the others fail, so that they would count for no program."""
# /// attack
# setup = "with open('in.txt', 'w') as file:\n    file.write('x')\n"
# tests = [
#   "assert f(2) == 5",
#   "assert f(3) == 9",
#   "x = 4\nassert f(x) == 16",
# ]
# outcomes = ["wrong_answer"]
# ///
import os


def f(x):
    if os.path.isfile("in.txt"):
        os.remove("in.txt")
        os.mkdir("in.txt")
    return "wrong"
