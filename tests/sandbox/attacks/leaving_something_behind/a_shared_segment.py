"""Plants a shared segment, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    libc.shmget(4321, 4096, 0o1777)
    return "kept"


def look():
    found = [libc.shmget(4321, 4096, 0o777)] if libc.shmget(4321, 4096, 0o777) != -1 else []
    return f"{found}" if found else "kept"
