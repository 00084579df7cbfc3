"""Looks for secrets of the host machine."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
def f():
    for path in (
        "/etc/shadow",
        "/etc/passwd",
        "/etc/ssh/ssh_host_rsa_key",
        "/etc/hostname",
        "/etc/machine-id",
    ):
        try:
            open(path).read()
            return path
        except OSError:
            pass
    return "kept"
