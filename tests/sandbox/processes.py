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
