"""Plants a file in the scratch, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    open("/tmp/mark", "w").close()
    return "kept"


def look():
    found = os.listdir("/tmp")
    return f"{found}" if found else "kept"
