"""Containers of its objects that hold each other twice, thirty deep: a few hundred bytes that are a billion lists."""
# /// attack
# tests = [
#   "assert f(30) == 4",
#   "n = 40\nassert f(n) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# limits = { cpu_s = 0.2, total_cpu_s = 0.4 }
# ///
def laugh(n):
    if n == 0:
        return '{"h":0,"k":"live","v":[1]}'
    return '{"h":%d,"k":"live","v":[{"h":%d,"k":"live","v":[]},%s]}' % (n, n - 1, laugh(n - 1))


def f(n):
    raw('["value",' + laugh(n) + ",0.001,null]\n")
    return 5
