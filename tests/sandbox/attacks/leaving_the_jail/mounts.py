"""System calls: mount, umount2, chroot, pivot_root and the new mount calls."""
# /// attack
# tests = [
#   "assert f('mount') == 'kept'",
#   "assert f('umount2') == 'kept'",
#   "assert f('chroot') == 'kept'",
#   "assert f('pivot_root') == 'kept'",
#   "assert f('move_mount') == 'kept'",
#   "assert f('open_tree') == 'kept'",
#   "assert f('fsopen') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "mount": (165, b"none", b"/tmp", b"tmpfs", 0, 0),
    "umount2": (166, b"/tmp", 2),
    "chroot": (161, b"/tmp"),
    "pivot_root": (155, b"/tmp", b"/tmp"),
    "move_mount": (429, -100, b"/", -100, b"/tmp", 0),
    "open_tree": (428, -100, b"/", 1),
    "fsopen": (430, b"tmpfs", 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
