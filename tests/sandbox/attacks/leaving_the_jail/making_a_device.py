"""System calls: making a node for a disk."""
# /// attack
# tests = ["assert f('mknod') == 'kept'"]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "mknod": (133, b"/tmp/sda", 0o60660, 2048),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
