"""Runs commands with fewer rights than the tests have: as an ordinary user, or where user namespaces are refused."""

import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
USER = [
    "--inh-caps=-all",
    "--bounding-set=-all",
    "--reuid=54321",
    "--regid=54321",
    "--clear-groups",
]
"""Options of ``setpriv`` for a user without any right."""
WITHOUT_USER_NAMESPACES = """
import ctypes, os, struct, sys
NEW_USER, REFUSE, NO_CALL, ALLOW = 0x10000000, 0x00050001, 0x00050026, 0x7FFF0000
code = [(0x20, 0, 0, 0)]
for number in (272, 56):  # unshare, clone
    code += [(0x15, 0, 4, number), (0x20, 0, 0, 16), (0x45, 0, 1, NEW_USER), (0x06, 0, 0, REFUSE), (0x06, 0, 0, ALLOW)]
code += [(0x15, 0, 1, 435), (0x06, 0, 0, NO_CALL), (0x06, 0, 0, ALLOW)]  # clone3, whose flags no filter can read
text = b"".join(struct.pack("HBBI", *one) for one in code)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
assert not libc.prctl(22, 2, ctypes.byref(Program(len(code), text)), 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""A seccomp filter that refuses new user namespaces alone: what a host without them does to root."""


@cache
def find_public_python() -> str | None:
    """Return an interpreter that any user may run and that can load the packages installed beside ours."""
    for path in (Path(sys.executable).resolve(), Path("/usr/bin/python3").resolve()):
        shown = [str(path), "-c", f"import sys; print(sys.version_info[:2] == {sys.version_info[:2]})"]
        folders = [ROOT, Path(sysconfig.get_paths()["purelib"]), path.parent]
        if path.exists() and all(map(_is_open_to_all, folders)) and run(shown).strip() == "True":
            return str(path)
    return None


def _is_open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def run(command: list[str]) -> str:
    """Run a command; return what it prints on stdout and stderr."""
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        cwd="/",
        check=False,
    ).stdout
