"""Plants the working directory, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    os.makedirs("/tmp/d")
    os.chdir("/tmp/d")
    return "kept"


def look():
    found = [] if os.getcwd() == "/tmp" else [os.getcwd()]
    return f"{found}" if found else "kept"
