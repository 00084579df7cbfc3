"""Makes its wakeup descriptor and its channel non-blocking, and looks whether they are."""
# /// attack
# prelude = "_tools.py"
# ///
import fcntl


def plant():
    fcntl.fcntl(4, fcntl.F_SETFL, os.O_NONBLOCK)
    fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)
    return "kept"


def look():
    found = [n for n in (3, 4) if fcntl.fcntl(n, fcntl.F_GETFL) & os.O_NONBLOCK]
    return f"{found}" if found else "kept"
