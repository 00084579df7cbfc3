"""Plants a descriptor, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    os.dup2(os.open("/dev/null", os.O_RDWR), 77)
    return "kept"


def look():
    found = [n for n in range(5, 128) if is_open(n)]
    return f"{found}" if found else "kept"
