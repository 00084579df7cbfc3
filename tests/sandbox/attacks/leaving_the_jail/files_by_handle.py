"""System calls: opening files by handle, or by a path resolved otherwise."""
# /// attack
# tests = [
#   "assert f('open_by_handle_at') == 'kept'",
#   "assert f('name_to_handle_at') == 'kept'",
#   "assert f('openat2') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "open_by_handle_at": (304, -100, 0, 0),
    "name_to_handle_at": (303, -100, b"/", 0, 0, 0),
    "openat2": (437, -100, b"/", 0, 24),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
