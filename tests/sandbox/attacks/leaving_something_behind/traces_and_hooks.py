"""Plants trace, profile, audit and exception hooks, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import threading


def plant():
    sys.excepthook = print
    threading.excepthook = print
    sys.unraisablehook = print
    sys.breakpointhook = print
    sys.displayhook = print
    sys.setprofile(lambda *a: None)
    return "kept"


def look():
    found = [h for h in (sys.gettrace(), sys.getprofile(), sys.excepthook is print) if h]
    return f"{found}" if found else "kept"
