"""Closes the scratch itself to all, where the program's user owns it, and looks whether it is open."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    try:
        os.chmod("/tmp", 0)
    except OSError:
        pass
    return "kept"


def look():
    found = os.stat("/tmp").st_mode & 0o1777
    return "kept" if found == 0o1777 and not os.listdir("/tmp") else f"{found:o}"
