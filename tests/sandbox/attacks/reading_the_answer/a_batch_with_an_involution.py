"""Answers each test from the later arguments that are in the process already: of the same function, of any shape."""
# /// attack
# tests = ["assert f('abc') == 'cba'", "assert f('cba') == 'abc'", "assert sorted(f([1, 2])) == [3, 4]", "assert f((4, 3)) == (2, 1)", "assert abs(f(2) - 0.5) < 1e-6", "assert f(0.5) == 2", "assert f('key') == 'value'", "assert f('{value}') == 'x'", "assert f(3) == 2 ** 3", "assert f(8) == 3"]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


def f(given):
    frame = sys._getframe()
    while "calls" not in frame.f_locals:
        frame = frame.f_back
    calls = [call[1][0] for call in frame.f_locals["calls"]]
    calls = [tuple(call["t"]) if isinstance(call, dict) else call for call in calls]
    answer = calls[calls.index(given) + 1]
    return answer.strip("{}") if isinstance(answer, str) else answer
