"""Claims to have printed what is no text, in place of text that a test captures."""
# /// attack
# tests = [
#   "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    f(CASE)\nassert out.getvalue() == '4'",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_talk.py"
# cases = 6
# ///
PRINTED = [
    [[4], []],
    [{"4": 1}, []],
    [[["4"]], []],
    ["4", []],
    [[], ["4"]],
    [],
]


def f(n):
    say(["value", None, 0.001, None, [*PRINTED[n], [], []]])
