"""Plants a umask, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    os.umask(0o777)
    return "kept"


def look():
    found = [] if os.umask(0) != 0o777 else ["umask"]
    return f"{found}" if found else "kept"
