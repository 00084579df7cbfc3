"""Reads the program's compiled code, and separates the names that it defines from those that it imports."""

import marshal
import os
import sys
import types
from binascii import a2b_base64
from typing import Any

MODULE = "program"
"""Name of the module that the program is."""
FILE = "<program>"
"""``__file__`` of the program, and the file name in its code. As a path, it is in the working directory."""
_ENVIRON: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001


def is_imported(name: str, value: Any) -> bool:
    """Whether the program took the value from a library: a module, or something that a module defines.

    A program that lies about it gets the library's own object, as if it had imported that.
    """
    if isinstance(value, types.ModuleType):
        return True
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return bool(value.__module__ != MODULE)
    module = sys.modules.get(type(value).__module__)  # aliases of typing, functions of numpy
    return module is not None and getattr(module, name, None) is value


def set_home() -> None:
    """Set ``HOME`` if it is not set: libraries look there while they are imported (nltk)."""
    if b"HOME" not in _ENVIRON:  # what ``os.environ.setdefault`` does, without ten functions for text
        directory = os.getcwdb()
        os.putenv(b"HOME", directory)
        _ENVIRON[b"HOME"] = directory


def compiled_code(program: str, compiled: str) -> types.CodeType:
    """Return the program's code: ``compiled`` (``marshal`` data in base64) if that is not empty. A text beside it is
    the program's source, which ``inspect.getsource`` then finds.
    """
    if compiled:
        if program:
            keep_source(program)
        code: types.CodeType = marshal.loads(a2b_base64(compiled))  # noqa: S302  -- written by our own compiler
        return code
    return compile(program.removeprefix("\ufeff"), FILE, "exec", dont_inherit=True)


def keep_source(text: str) -> None:
    """Make ``linecache`` know the program's source: it asks no loader for a file name in angle brackets."""
    import linecache  # noqa: PLC0415  -- few programs read their source

    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    linecache.cache[FILE] = (len(text), None, lines, FILE)  # no time of change: it is never read again
