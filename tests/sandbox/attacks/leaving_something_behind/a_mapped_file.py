"""Plants a shared mapping of a file in the scratch, kept by a child, and looks for the file and its memory."""
# /// attack
# prelude = "_tools.py"
# ///
import mmap


def plant():
    fd = os.open("/tmp/mapped", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 1 << 20)
    block = mmap.mmap(fd, 1 << 20)
    block[:4] = b"mark"
    if os.fork() == 0:
        time.sleep(1000)
    return "kept"


def look():
    found = os.listdir("/tmp") + [n for n in range(2, 500) if alive(n)]
    return f"{found}" if found else "kept"
