"""Patches how answers are written."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import json, sys


class Encoder(json.JSONEncoder):
    def encode(self, o):
        return '["passed", true, 0]'


json.JSONEncoder = Encoder
json.dumps = lambda *a, **k: "passed"
wire = sys.modules["guest.wire.codec"]
wire.dumps = lambda line: '["passed"]'


def f(x):
    return 5
