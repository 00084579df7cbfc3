"""Plants flags and a signal in its standard streams, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import fcntl

F_SETSIG, F_GETSIG = 10, 11


def plant():
    for n in range(3):
        fcntl.fcntl(n, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
        fcntl.fcntl(n, F_SETSIG, 12)
    return "kept"


def look():
    planted = os.O_NONBLOCK | os.O_APPEND
    found = [n for n in range(3) if fcntl.fcntl(n, fcntl.F_GETFL) & planted or fcntl.fcntl(n, F_GETSIG)]
    return f"{found}" if found else "kept"
