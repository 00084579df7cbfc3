"""What a script finds around itself, and what an interpreter does when a script ends: for ``candidate``.

Runs in the candidate's process: nothing here decides anything.
"""

import atexit
import contextlib
import io
import os
import sys
import threading
from base64 import b64decode

_PROGRAM = "<program>"


def place(files: dict[str, str]) -> None:
    """Write files (relative path → base64) into the working directory."""
    for path, content in files.items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(b64decode(content))


def become_stdin(text: str) -> None:
    """Make ``text`` the process's stdin: a file in the scratch, without a name."""
    descriptor = os.open(".", os.O_RDWR | os.O_TMPFILE, 0o600)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    sys.__dict__.update(__stdin__=sys.stdin, __stdout__=sys.stdout)


def finish(left: BaseException | None, *, shown: bool) -> int:
    """Do what an interpreter does at exit, after a script that ``left`` with this exception or none: wait for
    threads, run exit handlers, flush, and, if somebody will see it (``shown``), tell of the exception on stderr.
    Return the exit status.
    """
    try:
        status = _status(left, shown=shown)
        if threading.active_count() > 1:
            threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # a closed or full stream shows in what was read
                stream.flush()
    return status


def _status(left: BaseException | None, *, shown: bool) -> int:
    if left is None:
        return 0
    if not isinstance(left, SystemExit):
        if shown:
            _tell(left)
        return 1
    if left.code is None or isinstance(left.code, int):
        return int(left.code or 0) & 0xFF
    if shown:
        print(left.code, file=sys.stderr)
    return 1


def _tell(left: BaseException) -> None:
    import traceback  # noqa: PLC0415  -- few scripts need it

    trace = left.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != _PROGRAM:
        trace = trace.tb_next
    with contextlib.suppress(Exception):  # an exception may be one that cannot be shown
        traceback.print_exception(type(left), left, trace)


def is_own_syntax_error(error: BaseException) -> bool:
    """Whether the program itself does not compile, rather than something it compiled."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _PROGRAM:
            return False
        trace = trace.tb_next
    return isinstance(error, (SyntaxError, ValueError))
