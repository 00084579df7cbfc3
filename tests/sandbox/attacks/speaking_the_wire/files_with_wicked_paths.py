"""Claims to have changed files outside of the scratch directory, with paths and contents that are none."""
# /// attack
# tests = [
#   "import os\nr = f(CASE)\nassert os.path.exists('/tmp/../etc/planted') or os.path.exists('/etc/planted') or r == 4",
#   "import os\nr = f(CASE)\nassert r == 4 and not os.path.exists('planted')",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 16
# ///
CONTENT = "cGxhbnRlZA=="
FILES = [
    [["../etc/planted", 420, 0, CONTENT]],
    [["/etc/planted", 420, 0, CONTENT]],
    [["a/../../etc/planted", 0], ["", 0]],
    [["a\0b", 420, 0, CONTENT]],
    [["\ud800", 420, 0, CONTENT]],
    [["/".join("a" * 30), 0]],
    [["x" * 300, 420, 0, CONTENT]],
    [["planted", -1, 0, CONTENT]],
    [["planted", 420, 1 << 80, CONTENT]],
    [["planted", 420, 0, 5]],
    [["planted", 420, 0, "!"]],
    [["planted", 420, 0]],
    [[["planted"], 420, 0, CONTENT]],
    {"planted": CONTENT},
    [["planted", 0]] * 3000,
    None,
]


def f(n):
    say(["value", 5, 0.001, None, [[], [], FILES[n], []]])
    return 5
