"""System calls: watching what others do with files."""
# /// attack
# tests = [
#   "assert f('fanotify_init') == 'kept'",
#   "assert f('inotify_init1') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "fanotify_init": (300, 0, 0),
    "inotify_init1": (294, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
