"""A builtin's subclass that overrides the names by which the judge knows its objects."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "x = f(2)\nassert x.real == 4 or x == 4",
#   "assert not f(2)",
#   "assert hash(f(2)) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    names = [
        "_acecoder_number",
        "_acecoder_caller",
        "mro",
        "real",
        "bit_length",
        "__getitem__",
        "__str__",
        "__format__",
        "__eq__",
        "__hash__",
        "__bool__",
        "__init_subclass__",
        "__del__",
        "__reduce__",
    ]
    raw(json.dumps(["value", {"h": 7, "v": 5, "n": "int", "k": "object", "o": names}, 0.0, None]) + "\n")
    return 5
