"""System calls: other rules for its own memory and ports."""
# /// attack
# tests = [
#   "assert f('personality') == 'kept'",
#   "assert f('iopl') == 'kept'",
#   "assert f('memfd_secret') == 'kept'",
#   "assert f('landlock') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "personality": (135, 0x0040000),
    "iopl": (172, 3),
    "memfd_secret": (447, 0),
    "landlock": (444, 0, 0, 1),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
