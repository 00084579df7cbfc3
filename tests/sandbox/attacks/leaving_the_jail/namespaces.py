"""System calls: new namespaces and those of others: unshare, setns, clone with namespace flags, clone3."""
# /// attack
# tests = [
#   "assert f('unshare a user namespace') == 'kept'",
#   "assert f('unshare a mount namespace') == 'kept'",
#   "assert f('unshare a net namespace') == 'kept'",
#   "assert f('setns') == 'kept'",
#   "assert f('clone a user namespace') == 'kept'",
#   "assert f('clone a pid namespace') == 'kept'",
#   "assert f('clone3') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "unshare a user namespace": (272, 0x10000000),
    "unshare a mount namespace": (272, 0x20000),
    "unshare a net namespace": (272, 0x40000000),
    "setns": (308, 0, 0),
    "clone a user namespace": (56, 0x10000011, 0, 0, 0, 0),
    "clone a pid namespace": (56, 0x20000011, 0, 0, 0, 0),
    "clone3": (435, 0, 88),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
