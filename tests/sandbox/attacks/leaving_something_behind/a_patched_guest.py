"""Changes the guest's modules, and looks for the changes."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    for name, module in list(sys.modules.items()):
        if name.startswith("guest"):
            vars(module)["planted"] = 1
    return "kept"


def look():
    found = [n for n, m in sys.modules.items() if n.startswith("guest") and "planted" in vars(m)]
    return f"{found}" if found else "kept"
