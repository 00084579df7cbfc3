"""Plants a semaphore, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    libc.semget(4321, 1, 0o1777)
    return "kept"


def look():
    found = [4321] if libc.semget(4321, 1, 0o777) != -1 else []
    return f"{found}" if found else "kept"
