"""Plants a signal handler, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return "kept"


def look():
    found = [] if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL else ["signal"]
    return f"{found}" if found else "kept"
