"""System calls: bpf, perf events and userfaultfd."""
# /// attack
# tests = [
#   "assert f('bpf') == 'kept'",
#   "assert f('perf_event_open') == 'kept'",
#   "assert f('userfaultfd') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
