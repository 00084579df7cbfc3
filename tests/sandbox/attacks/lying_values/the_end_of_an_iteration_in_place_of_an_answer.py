"""The end of an iteration in place of an answer."""
# /// attack
# tests = [
#   "assert all(map(f, [1, 2, 3]))",
#   "assert all(f(x) == x * x for x in range(5))",
#   "assert list(map(f, [1, 2])) == list(map(g, [1, 2]))",
#   "for got, due in zip(map(f, [2, 3]), [4, 9]):\n    assert got == due",
#   "assert not any(map(f, [1, 2]))",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(x):
    raise StopIteration


g = f
