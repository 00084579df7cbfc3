"""Plants the environment, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    os.environ["MARK"] = "1"
    os.putenv("MARK", "1")
    return "kept"


def look():
    found = [k for k in os.environ if k == "MARK"]
    return f"{found}" if found else "kept"
