"""System calls: ptrace, reading and writing another process's memory, comparing and taking its descriptors."""
# /// attack
# tests = [
#   "assert f('ptrace') == 'kept'",
#   "assert f('process_vm_readv') == 'kept'",
#   "assert f('process_vm_writev') == 'kept'",
#   "assert f('kcmp') == 'kept'",
#   "assert f('pidfd_getfd') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "ptrace": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "kcmp": (312, 1, 1, 0, 0, 0),
    "pidfd_getfd": (438, 3, 3, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
