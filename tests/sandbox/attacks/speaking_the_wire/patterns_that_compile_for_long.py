"""Answers with patterns that take long to compile, or that nothing compiles."""
# /// attack
# tests = [
#   "n = CASE\nassert f(n) == 4",
#   "assert f(CASE) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 9
# ///
WIDE = "[" + "".join(chr(300 + 7 * n) + "-" + chr(60000 - n) for n in range(160)) + "]"
PATTERNS = [
    [WIDE, 0],
    ["[\\u0100-\\uffff]" * 35, 2],
    ["(?i)" + "[a-z]" * 99, 0],
    ["(" * 250 + ")" * 250, 0],
    ["a" * 10**5, 0],
    ["a", 128],
    ["a{99999999999999999999}", 0],
    [{"y": "YQ=="}, 0],
    [5, 0],
]


def f(n):
    raw(json.dumps(["value", [{"R": PATTERNS[n]}] + [{"R": ["[a-z]" * 90 + str(m), 2]} for m in range(100)], 0.001, None]))
    raw("\n")
    return 5
