"""Plants a signal mask, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    return "kept"


def look():
    found = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return f"{found}" if found else "kept"
