"""Plants a patched builtin, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    builtins.mark = 1
    builtins.sorted = None
    return "kept"


def look():
    found = [] if callable(sorted) and not hasattr(builtins, "mark") else ["builtins"]
    return f"{found}" if found else "kept"
