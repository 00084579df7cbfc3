"""Replaces the codecs with which the program host writes and reads text."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import codecs, encodings.utf_8, builtins

codecs.register(lambda name: None)
encodings.utf_8.encode = encodings.utf_8.decode = lambda *_: (b"", 0)
builtins.str = builtins.bytes = builtins.len = builtins.type = lambda *_: 4


def f(x):
    return 5
