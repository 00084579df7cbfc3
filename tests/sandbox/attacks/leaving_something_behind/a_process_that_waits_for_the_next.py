"""Plants processes that look for another program's, to stop it."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.setsid()
        while True:
            for n in range(2, 100):
                if n != os.getpid():
                    try:
                        os.kill(n, signal.SIGKILL)
                    except OSError:
                        pass
            time.sleep(0.01)
    return "kept"


def look():
    found = [n for n in range(2, 500) if alive(n)]
    return f"{found}" if found else "kept"
