"""Finds the processes of a jail on the host."""

from pathlib import Path


def session_supervisors(sandbox):
    """Return the pids of the session supervisors: the children of the zygote.

    Each process from the child that the worker started down to the zygote has one child only.
    """
    pid = sandbox.jail()._process._popen.pid
    while len(below := children(pid)) == 1 and not is_zygote(pid):
        (pid,) = below
    return below if is_zygote(pid) else []


def zygote(sandbox):
    """Returns the pid of the zygote of a jail without sessions, or with any number of them."""
    pid = sandbox.jail()._process._popen.pid
    while not is_zygote(pid):
        (pid,) = children(pid)
    return pid


def checkers(sandbox):
    """Returns the pids of the checkers: a session's processes are its compiler, its checker, then its candidate."""
    below = [
        [pid for pid in children(supervisor) if innermost_pid(pid) > 1]
        for supervisor in session_supervisors(sandbox)
    ]
    return [pid for helpers in below for pid in helpers[1:2]]


def candidates(sandbox):
    """Returns the pids of the live candidates: of a session's processes, each is the first of a pid namespace of its own."""
    below = [pid for supervisor in session_supervisors(sandbox) for pid in children(supervisor)]
    return [pid for pid in below if innermost_pid(pid) == 1]


def innermost_pid(pid):
    """Returns the pid of a process in its own namespace; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("\nNSpid:")[2].partition("\n")[0].split()[-1])


def is_zygote(pid):
    return b"zygote.py" in Path(f"/proc/{pid}/cmdline").read_bytes() and not is_nsjail(pid)


def is_nsjail(pid):
    return "nsjail" in Path(f"/proc/{pid}/exe").resolve().name or b"--" in Path(
        f"/proc/{pid}/cmdline"
    ).read_bytes().split(b"\0")


def children(pid):
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
