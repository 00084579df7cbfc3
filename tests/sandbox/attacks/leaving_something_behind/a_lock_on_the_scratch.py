"""Locks the scratch by a descriptor in messages that are never received, and tries to lock it."""
# /// attack
# prelude = "_tools.py"
# ///
import array, fcntl


def plant():
    folder = os.open("/tmp", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    for _ in range(20):
        ends = socket.socketpair()
        sent = array.array("i", [folder, *(end.fileno() for end in ends)])
        for end in ends:
            end.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
    # Also to the checker, which receives no descriptors.
    channel = socket.socket(fileno=os.dup(3))
    channel.sendmsg([b'["value","kept",0.0,null]\n'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
    os.eventfd_write(4, 1)
    os._exit(0)


def look():
    try:
        fcntl.flock(os.open("/tmp", os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return f"{error}"
    return "kept"
