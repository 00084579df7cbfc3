"""Plants a hidden folder, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    os.makedirs("/tmp/.a/b")
    os.chmod("/tmp/.a", 0)
    return "kept"


def look():
    found = os.listdir("/tmp")
    return f"{found}" if found else "kept"
