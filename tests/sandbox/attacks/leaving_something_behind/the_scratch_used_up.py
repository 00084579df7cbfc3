"""Plants a scratch without room, and looks for room."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    try:
        with open("/tmp/big", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        pass
    return "kept"


def look():
    found = (
        [] if open("/tmp/x", "wb").write(bytes(1 << 20)) and os.statvfs("/tmp").f_bavail > 1000 else ["full"]
    )
    return f"{found}" if found else "kept"
