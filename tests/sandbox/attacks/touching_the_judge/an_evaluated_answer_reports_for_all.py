"""Its answer, which a test evaluates, reports passes for every test of every program in the judge's name, and leaves."""
# /// attack
# tests = ["assert g(1) == 1", "assert eval(f(2)) == 4", "assert g(3) == 9", "import pickle\nassert pickle.loads(h(2)) == 4", "assert g(4) == 16"]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import pickle

CODE = """
import json, os
lines = [["test", index, t, "passed", 0.0, "", False] for index in range(9) for t in range(9)]
os.write(3, json.dumps(lines).encode() + b"\\n")
os._exit(0)
"""


class Reporter:
    def __reduce__(self):
        return exec, (CODE,)


def f(x):
    return f"exec({CODE!r}) or 4"


def g(x):
    return "wrong"


def h(x):
    return pickle.dumps(Reporter())
