"""Plants a process name, a core and dumpability, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
def named():
    name = ctypes.create_string_buffer(16)
    libc.prctl(16, name, 0, 0, 0)
    return ["mark"] if name.value == b"mark" else []


def plant():
    libc.prctl(15, b"mark", 0, 0, 0)
    libc.prctl(4, 1, 0, 0, 0)
    return "kept"


def look():
    found = named()
    return f"{found}" if found else "kept"
