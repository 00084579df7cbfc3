"""Plants a patched module, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    math.sqrt = math.mark = None
    json.loads = None
    return "kept"


def look():
    found = [] if math.sqrt and json.loads and not hasattr(math, "mark") else ["math"]
    return f"{found}" if found else "kept"
