"""System calls: another user, other groups, capabilities."""
# /// attack
# tests = [
#   "assert f('setuid') == 'kept'",
#   "assert f('setresuid') == 'kept'",
#   "assert f('setgroups') == 'kept'",
#   "assert f('capset') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "setuid": (105, 0),
    "setresuid": (117, 0, 0, 0),
    "setgroups": (116, 0, 0),
    "capset": (126, 0, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
