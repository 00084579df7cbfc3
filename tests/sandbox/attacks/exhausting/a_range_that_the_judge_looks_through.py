"""A range in which the test looks for what is not there."""
# /// attack
# tests = [
#   "assert 4.5 in f(2)",
#   "assert f(2).index(4.5) == 2",
# ]
# outcomes = ["time_limit", "not_run", "wrong_answer"]
# limits = { cpu_s = 0.1, total_cpu_s = 0.1 }
# ///
def f(x):
    return range(0, 10**13, 2)
