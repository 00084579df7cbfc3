"""Plants an import, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    sys.modules["mark"] = sys
    sys.path.insert(0, "/tmp")
    return "kept"


def look():
    found = [m for m in ["mark"] if m in sys.modules] + [p for p in sys.path if p == "/tmp"]
    return f"{found}" if found else "kept"
