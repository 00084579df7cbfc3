"""Plants a message queue, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    libc.msgget(4321, 0o1777)
    return "kept"


def look():
    found = [4321] if libc.msgget(4321, 0o777) != -1 else []
    return f"{found}" if found else "kept"
