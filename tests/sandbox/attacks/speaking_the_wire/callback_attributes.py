"""Asks a test's callback for its attributes: its globals hold the tests."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nassert f(lambda x: due[:0], CASE) == due",
#   "due = 'k7Qz-9931'\nassert f(due.__contains__, CASE) == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 4
# ///
ASKED = [
    '["callback", -1, "getattr", ["__globals__"], {}]',
    '["callback", -1, "getattr", ["__self__"], {}]',
    '["callback", -1, "getattr", ["__closure__"], {}]',
    '["callback", -1, "setattr", ["__code__", 1], {}]',
]


def f(callback, n):
    raw(ASKED[n] + "\n")
    lines = os.read(3, 65536).decode()
    return lines.split('"')[3] if lines.count('"') > 3 else lines
