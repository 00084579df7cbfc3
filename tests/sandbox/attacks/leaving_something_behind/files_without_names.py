"""Creates files that have no name, and looks at the number that the next one gets: how many were there before."""
# /// attack
# prelude = "_tools.py"
# ///
def create():
    descriptor = os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
    number = os.fstat(descriptor).st_ino
    os.close(descriptor)
    return number


def plant():
    for _ in range(1000):
        create()
    return "kept"


def look():
    found = create()
    return "kept" if found < 500 else f"{found}"
