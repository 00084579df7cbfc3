"""Plants a limit, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))
    return "kept"


def look():
    found = [] if resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 5 else ["limit"]
    return f"{found}" if found else "kept"
