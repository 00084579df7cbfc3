"""Binds the function's name to an exception class, whose instances the test would make itself."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(2).args == (4,)",
#   "assert str(f(2)) == '4'",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
f = ValueError
