"""Plants an abstract socket, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    socket.socketpair()
    return "kept"


def look():
    found = [n for n in range(1, 40) if libc.socket(n, 1, 0) != -1]
    return f"{found}" if found else "kept"
