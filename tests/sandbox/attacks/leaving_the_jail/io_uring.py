"""System calls: io_uring, which does file and socket work past a system-call filter."""
# /// attack
# tests = ["assert f('io_uring_setup') == 'kept'"]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "io_uring_setup": (425, 8, ctypes.create_string_buffer(256)),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
