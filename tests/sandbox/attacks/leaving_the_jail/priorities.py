"""System calls: a better place among processes: priority, scheduler, affinity."""
# /// attack
# tests = [
#   "assert f('setpriority') == 'kept'",
#   "assert f('sched_setscheduler') == 'kept'",
#   "assert f('sched_setaffinity') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "setpriority": (141, 0, 0, -20),
    "sched_setscheduler": (144, 0, 1, b"aaaa"),
    "sched_setaffinity": (203, 0, 8, b"aaaaaaaa"),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
