"""Its answer, which a test evaluates, tells the worker that the test is invalid, so that it counts in no rate."""
# /// attack
# tests = ["assert eval(f(2)) == 4", "exec(f(3))\nassert x == 4"]
# outcomes = ["runtime_error"]
# ///
CODE = """
import json, os, posix
for t in range(3):
    posix.write(3, json.dumps([["test", 0, t, "invalid_test", 0.0, "", False]]).encode() + b"\\n")
os._exit(0)
"""


def f(x):
    return f"exec({CODE!r}) or 4"
