"""Plants as many files as the scratch has room for, and looks for room."""
# /// attack
# prelude = "_tools.py"
# ///
def room():
    try:
        for n in range(100):
            open(f"/tmp/mine{n}", "w").close()
    except OSError:
        return ["none"]
    return []


def plant():
    try:
        for n in range(10**5):
            open(f"/tmp/{n}", "w").close()
    except OSError:
        pass
    return "kept"


def look():
    found = room()
    return f"{found}" if found else "kept"
