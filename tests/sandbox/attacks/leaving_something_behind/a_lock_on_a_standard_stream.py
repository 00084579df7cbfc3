"""Locks the file behind each of its standard streams, and tries to lock them."""
# /// attack
# prelude = "_tools.py"
# ///
import fcntl


def plant():
    for n in range(3):
        fcntl.flock(n, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return "kept"


def look():
    try:
        fcntl.flock(os.open("/dev/null", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return f"{error}"
    return "kept"
