"""Plants a process, and looks for it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
    return "kept"


def look():
    found = [n for n in range(2, 500) if alive(n)]
    return f"{found}" if found else "kept"
