"""Ends the process for good where a test expects SystemExit to be raised."""
# /// attack
# tests = [
#   "try:\n    f(2)\nexcept SystemExit:\n    pass",
#   "try:\n    f(2)\nexcept BaseException:\n    pass",
#   "import contextlib\nwith contextlib.suppress(BaseException):\n    f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os


def f(x):
    os._exit(0)
