"""Calls a test's callback with wrong values and keeps its failed assertions to itself."""
# /// attack
# tests = [
#   "def check(x): assert x == 4\nf(check)",
#   "def items():\n    assert False\n    yield\ndef check(x): assert x == 4\nf(check)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(callback):
    for value in (5, 6):
        try:
            callback(value)
        except Exception:
            pass
