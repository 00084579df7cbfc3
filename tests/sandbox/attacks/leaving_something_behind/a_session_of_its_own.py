"""Plants a session and a process group, and looks for what is left of them."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(1000)
    return "kept"


def look():
    found = [n for n in range(2, 500) if alive(n)]
    return f"{found}" if found else "kept"
