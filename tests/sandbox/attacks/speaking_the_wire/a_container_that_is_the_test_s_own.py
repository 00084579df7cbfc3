"""Claims a test's argument for a container of its own, to change it when another question is asked."""
# /// attack
# tests = ["items = [7]\nf(items)\ndue = [4, 9]\nassert f(items) == due and g() == 5"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(items):
    raw('["value",{"h":0,"k":"live","v":{"m":0}},0.0,null]\n')
    return 5


def g():
    raw('["value",{"h":0,"k":"live","v":[4,9]},0.0,null]\n')
    return 5
