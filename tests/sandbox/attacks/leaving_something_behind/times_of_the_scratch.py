"""Sets and reads the times of the scratch, creates a file and removes it at once, and looks at the times."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    try:
        os.utime("/tmp", (1, 1))
    except OSError:
        pass
    os.mkdir("/tmp/a")
    os.rmdir("/tmp/a")
    os.listdir("/tmp")
    return "kept"


def look():
    found = os.stat("/tmp")
    unused = found.st_atime_ns == found.st_mtime_ns == found.st_ctime_ns > time.time_ns() - 3600 * 10**9
    return "kept" if unused else f"{found}"
