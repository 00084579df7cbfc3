"""Sets up stdin and files for a script, and does what an interpreter does when a script ends.

Runs in the candidate's process: nothing here decides an outcome.
"""

import atexit
import contextlib
import io
import os
import sys
import threading
from base64 import b64decode

_PROGRAM = "<program>"


def write_files(files: dict[str, str]) -> None:
    """Write files (relative path → base64) into the working directory."""
    for path, content in files.items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(b64decode(content))


def replace_stdin(text: str) -> None:
    """Make ``text`` the process's stdin, as a file without a name in the scratch directory; reopen ``sys.stdout``."""
    descriptor = os.open(".", os.O_RDWR | os.O_TMPFILE, 0o600)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    # As an interpreter sets it: a fast reader that thousands of Codeforces programs begin with asks for it.
    vars(sys.stdin)["mode"], vars(sys.stdout)["mode"] = "r", "w"
    sys.__dict__.update(__stdin__=sys.stdin, __stdout__=sys.stdout)


def finish_script(raised: BaseException | None, *, stderr_is_read: bool) -> int:
    """Do what an interpreter does at exit, after a script that raised this exception or none; return the exit status.

    Prints the exception on stderr (only if ``stderr_is_read``), waits for threads, runs exit handlers, and flushes.
    """
    try:
        status = _status(raised, stderr_is_read=stderr_is_read)
        if threading.active_count() > 1:
            threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # a closed or full stream shows in the output that was read
                stream.flush()
    return status


def _status(raised: BaseException | None, *, stderr_is_read: bool) -> int:
    if raised is None:
        return 0
    if not isinstance(raised, SystemExit):
        if stderr_is_read:
            _print_exception(raised)
        return 1
    if raised.code is None or isinstance(raised.code, int):
        return int(raised.code or 0) & 0xFF
    if stderr_is_read:
        print(raised.code, file=sys.stderr)
    return 1


def _print_exception(error: BaseException) -> None:
    import traceback  # noqa: PLC0415  -- few scripts need it

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != _PROGRAM:
        trace = trace.tb_next
    with contextlib.suppress(Exception):  # the exception's own __str__ may fail
        traceback.print_exception(type(error), error, trace)


def is_own_syntax_error(error: BaseException) -> bool:
    """Return whether the program itself does not compile, and not a text that it compiled."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _PROGRAM:
            return False
        trace = trace.tb_next
    return isinstance(error, (SyntaxError, ValueError))
