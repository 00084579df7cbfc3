"""Plants a module under the program's and the main module's name, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    sys.modules["__main__"].mark = 1
    sys.modules["program"].mark = 1
    return "kept"


def look():
    found = [m for m in ("__main__", "program") if hasattr(sys.modules.get(m), "mark")]
    return f"{found}" if found else "kept"
