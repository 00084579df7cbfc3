"""Forges frames that cannot be: wrong lengths, other types, references in cells, ranges that fill memory, bad labels."""
# /// attack
# tests = ["import pandas as pd\nx = 3\nvalue = f(x)\nassert value is None or len(list(value)) == -1 or (value == 4).all().all()"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# modules = ["pandas"]
# cases = 34
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 90.0 }
# ///
import base64, struct

EIGHT = base64.b64encode(struct.pack("<q", 8)).decode()
COLUMN = ["n", "<i8", EIGHT]
ROWS = ["range", 0, 1, 1, None]
NAMES = ["flat", ["O", ["a"]], None, None]
FORGED = [
    ["frame", [COLUMN], ["range", 0, 2, 1, None], NAMES],
    ["frame", [], ["range", 0, 10**18, 1, None], ["flat", ["O", []], None, None]],
    ["frame", [COLUMN], ["range", 0, 10**18, 1, None], NAMES],
    ["frame", [["n", "|O", EIGHT]], ROWS, NAMES],
    ["frame", [["n", "<f2", "AHw="]], ROWS, NAMES],
    ["frame", [["n", "<f4", "AACAfw=="]], ROWS, NAMES],
    ["frame", [["n", "<i8", "AAAAAAAAAIA="]], ROWS, NAMES],
    ["frame", [["n", "i8,O", EIGHT]], ROWS, NAMES],
    ["frame", [["O", [{"h": 0, "k": "object", "n": "Yes"}]]], ROWS, NAMES],
    ["frame", [["O", [[{"h": 0, "k": "object", "n": "int", "v": 4, "o": ["__eq__"]}]]]], ROWS, NAMES],
    ["frame", [["O", [{"m": 0}]]], ROWS, NAMES],
    ["frame", [["O", [{"t": [{"h": -1}]}]]], ROWS, NAMES],
    ["frame", [["O", [{"B": "eval"}]]], ROWS, NAMES],
    ["frame", [COLUMN], ROWS, ["flat", ["O", [{"h": 0, "k": "object", "n": "Yes"}]], None, None]],
    ["frame", [COLUMN], ROWS, ["flat", ["O", [["a"]]], None, None]],
    ["frame", [COLUMN], ROWS, ["flat", ["O", ["a", "b"]], None, None]],
    ["series", COLUMN, ROWS, ["list"]],
    ["series", COLUMN, ROWS, {"h": 0, "k": "object", "n": "Yes"}],
    ["series", ["str", [5]], ROWS, None],
    ["series", ["tz", "../../etc/passwd", COLUMN], ROWS, None],
    ["series", ["tz", "x" * 5000, COLUMN], ROWS, None],
    ["series", ["cat", COLUMN, COLUMN, True], ROWS, None],
    ["series", ["cat", ["n", "<i8", "AAAAAAAAAAA="], ["O", [[1]]], True], ROWS, None],
    ["series", ["mask", "Int64", COLUMN, ["n", "|b1", ""]], ROWS, None],
    ["series", ["mask", "DataFrame", COLUMN, COLUMN], ROWS, None],
    ["series", ["ival", COLUMN, ["n", "<i8", "AAAAAAAAAAA="], "left"], ROWS, None],
    ["series", ["per", "object", COLUMN], ROWS, None],
    ["range", 0, 10**9, 1, None],
    ["range", 0, 1e308, 1, None],
    ["range", 0, 2**70, 2**69, None],
    ["multi", [ROWS], [COLUMN], ["a"]],
    ["flat", ["n", "<M8[ns]", EIGHT * 3], None, "D"],
    ["array", ["n", "<i8", ""]],
    ["moment", "D", 10**30, None],
]
NESTED = ["cat", COLUMN, COLUMN, True]
for _ in range(150):
    NESTED = ["ival", NESTED, NESTED[:1], "left"]
FORGED[25] = ["series", NESTED, ROWS, None]


def f(x):
    say(["value", {"p": FORGED[CASE]}, 0.0, None])
    return 5
