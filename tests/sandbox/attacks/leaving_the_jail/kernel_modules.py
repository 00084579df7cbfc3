"""System calls: loading kernel modules and other kernels."""
# /// attack
# tests = [
#   "assert f('kexec_load') == 'kept'",
#   "assert f('init_module') == 'kept'",
#   "assert f('finit_module') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "kexec_load": (246, 0, 0, 0, 0),
    "init_module": (175, 0, 0, b""),
    "finit_module": (313, 0, b"", 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
