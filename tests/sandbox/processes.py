"""The processes of a jail, as the host sees them."""

from pathlib import Path


def session_supervisors(sandbox):
    """The sessions' first processes: children of the zygote, which is the last of a line of only children."""
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
