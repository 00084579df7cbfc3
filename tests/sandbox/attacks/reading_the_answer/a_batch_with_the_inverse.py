"""Answers a test from the arguments of the next one, its inverse, which a batch brings along."""
# /// attack
# tests = ["assert enc('abcd') == 'bcde'", "assert dec('bcde') == 'abcd'", "assert enc('xy') == 'yz'", "assert dec('yz') == 'xy'"]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


def later(name):
    frame = sys._getframe()
    while frame is not None:
        for call in frame.f_locals.get("calls", ()):
            if call[0] == name:
                return call[1][0]
        frame = frame.f_back


def enc(text):
    return later("dec")


def dec(text):
    return later("enc") if later("enc") != text else None
