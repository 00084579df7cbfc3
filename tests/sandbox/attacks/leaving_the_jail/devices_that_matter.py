"""Devices that matter."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
def f():
    for name in "mem kmem sda kvm fuse tty console ptmx net/tun".split():
        try:
            open("/dev/" + name, "rb")
            return name
        except OSError:
            pass
    return "kept"
