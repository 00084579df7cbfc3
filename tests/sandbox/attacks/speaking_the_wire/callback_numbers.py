"""Asks objects of the test by numbers it was not given."""
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
    '["callback", -2, "call", [1], {}]',
    '["callback", true, "call", [1], {}]',
    '["callback", -1.0, "call", [1], {}]',
    '["callback", -1180591620717411303424, "call", [1], {}]',
]


def f(callback, n):
    raw(ASKED[n] + "\n")
    lines = os.read(3, 65536).decode()
    return lines.split('"')[3] if lines.count('"') > 3 else lines
