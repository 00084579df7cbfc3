"""System calls: the kernel's keyrings."""
# /// attack
# tests = [
#   "assert f('keyctl') == 'kept'",
#   "assert f('add_key') == 'kept'",
#   "assert f('request_key') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "keyctl": (250, 0, -3, 0),
    "add_key": (248, b"user", b"a", b"b", 1, -3),
    "request_key": (249, b"user", b"a", 0, -3),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
