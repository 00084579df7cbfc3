"""Says that a call left something else in an array of the test's: another shape, other numbers, objects, a list."""
# /// attack
# tests = ["import numpy as np\na = np.array([1.0, 2.0])\nf(a)\nassert a.tolist() == [4.0, 9.0]", "import numpy as np\na = np.array([1.0, 2.0])\nb = a.copy()\na.flags.writeable = False\nf(a)\nassert (a != b).all()"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# modules = ["numpy"]
# cases = 8
# ///
import base64, struct

NUMBERS = base64.b64encode(struct.pack("<2d", 7.0, 9.0)).decode()
LEFT = [
    {"n": ["<f8", [1, 2], NUMBERS]},
    {"n": ["<f8", [2], NUMBERS[:8]]},
    {"n": ["<i8", [2], NUMBERS]},
    {"n": ["O", [2], NUMBERS]},
    {"n": ["<f8", [0], ""]},
    {"N": ["<f8", NUMBERS]},
    [4.0, 9.0],
    {"h": 0, "k": "object", "n": "ndarray"},
]


def f(a):
    say(["value", 5, 0.0, [[0, LEFT[CASE]]]])
    return 5
