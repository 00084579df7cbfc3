"""Plants timers that go off later, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    return "kept"


def look():
    found = [t for t in map(signal.getitimer, (0, 1, 2)) if t != (0.0, 0.0)]
    return f"{found}" if found else "kept"
