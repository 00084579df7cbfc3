"""Says that a call left something else in a frame of the test's: an array, another class, objects, nothing."""
# /// attack
# tests = [
#   "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\nf(df)\nassert df['a'].tolist() == [4]",
#   "import pandas as pd\ns = pd.Series([1])\nf(s)\nassert (s == 4).all()",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# modules = ["pandas"]
# cases = 9
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 30.0 }
# ///
import base64, struct

EIGHT = base64.b64encode(struct.pack("<q", 8)).decode()
COLUMN = ["n", "<i8", EIGHT]
ROWS = ["range", 0, 1, 1, None]
NAMES = ["flat", ["O", ["a"]], None, None]
LEFT = [
    {"p": ["flat", COLUMN, None, None]},
    {"p": ["frame", [["O", [{"h": 0, "k": "object", "n": "Yes"}]]], ROWS, NAMES]},
    {"p": ["frame", [COLUMN], ["range", 0, 3, 1, None], NAMES]},
    {"p": ["array", ["str", ["a"]]]},
    {"p": ["frame", [], ["range", 0, 0, 1, None], ["flat", ["O", []], None, None]]},
    {"p": ["series", ["n", "<i8", ""], ["range", 0, 0, 1, None], None]},
    {"n": ["<i8", [1], EIGHT]},
    None,
    {"h": 0, "k": "object", "n": "DataFrame"},
]


def f(frame):
    say(["value", 5, 0.0, [[0, LEFT[CASE]]]])
    return 5
