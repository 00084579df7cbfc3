"""Plants a random state, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    random.seed(5)
    return "kept"


def look():
    found = [] if random.random() == 0.8444218515250481 else ["random"]
    return f"{found}" if found else "kept"
