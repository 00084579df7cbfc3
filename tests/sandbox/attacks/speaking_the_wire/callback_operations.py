"""Asks a test's callback to be what it is not: compared, printed, iterated, emptied."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nassert f(lambda x: due[:0], CASE) == due",
#   "due = 'k7Qz-9931'\nassert f(due.__contains__, CASE) == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 8
# ///
ASKED = [
    '["callback", -1, "eq", [1], {}]',
    '["callback", -1, "repr", [], {}]',
    '["callback", -1, "str", [], {}]',
    '["callback", -1, "dir", [], {}]',
    '["callback", -1, "iter", [], {}]',
    '["callback", -1, "getitem", [0], {}]',
    '["callback", -1, "isinstance", [{"B": "object"}], {}]',
    '["callback", -1, "refill", [[]], {}]',
]


def f(callback, n):
    raw(ASKED[n] + "\n")
    lines = os.read(3, 65536).decode()
    return lines.split('"')[3] if lines.count('"') > 3 else lines
