"""Plants a change of the interpreter's own small integers and singletons, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    ctypes.memmove(id(77) + 24, id(78) + 24, 4)
    return "kept"


def look():
    found = [] if 70 + 7 == 77 and 7 * 11 - 1 == 76 else ["77"]
    return f"{found}" if found else "kept"
