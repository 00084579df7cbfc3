"""Plants a file in shared memory, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    open("/dev/shm/mark", "w").close()
    return "kept"


def look():
    found = os.listdir("/dev/shm")
    return f"{found}" if found else "kept"
