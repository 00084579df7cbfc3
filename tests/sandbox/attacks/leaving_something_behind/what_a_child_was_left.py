"""Plants a descriptor of its channel in a child that outlives it, to answer for the next."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    if os.fork() == 0:
        time.sleep(5)
        for _ in range(200):
            try:
                os.write(3, b'["value","planted",0.0,null]\n')
                os.eventfd_write(4, 1)
            except OSError:
                pass
            time.sleep(0.01)
        os._exit(0)
    return "kept"


def look():
    found = []
    return f"{found}" if found else "kept"
