"""Exceptions whose numbers, texts, notes and causes are not what the host writes."""
# /// attack
# tests = ["x = 3\ntry:\n    f(x)\nexcept ValueError as e:\n    assert str(e) == 'no' and e.code == 4 and e.__notes__ == ['a'] and e.__cause__.args == (1,)\nelse:\n    assert False"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 16
# ///
BASE = {"own": [[0, "E"]], "module": "builtins", "name": "ValueError", "s": "", "l": 0, "a": [], "i": 0}
NESTED = {}
for _ in range(60):
    NESTED = {**BASE, "cause": NESTED or BASE, "context": NESTED or BASE}
    NESTED.pop("context" if _ > 3 else "l")
FALSE = [
    {"i": -1},
    {"i": "0"},
    {"i": 10**30},
    {"i": {"h": 0}},
    {"str": 5},
    {"str": {"h": 0, "k": "object"}, "repr": []},
    {"eq": {"h": 0}, "str": "no"},
    {"cause": "contexts"},
    {"cause": "context"},
    {"cause": 7, "context": []},
    {"cause": NESTED},
    {"d": {"__notes__": 5}},
    {"d": {"__notes__": [{"h": 0, "k": "object"}, "a"], "code": 4}, "str": "no"},
    {"d": {"_acecoder": 1, "_acecoder_caller": 2, "_acecoder_line": {"t": []}, "__class__": 5}},
    {"suppress": {"h": 0}, "own": [[0, "E"], [0, "E"], [1, "_acecoder"], [-1, "x"]]},
    {"own": [[0, "E"]] * 20 + [[1, "F"]], "name": "SkipTest", "module": "unittest.case"},
]


def f(x):
    say(["error", {**BASE, **FALSE[CASE]}, 0.0, None])
    return 5
