"""Makes the objects that a zygote has made immortal, so that its forks need not copy the memory that holds them.

A use of an object counts a reference to it, which writes to its memory, and in a child that copies the page. Since
Python 3.12 an object can be immortal (PEP 683), as ``None`` is: its references are not counted. That halves the pages
that a candidate copies. Everything a zygote has made before its first fork lives as long as its children anyway.

Does nothing where the interpreter counts all references: before 3.12, and where objects have another layout.
"""

import ctypes
import gc
import sys
import sysconfig
from types import CoroutineType, FrameType, GeneratorType
from typing import Any

_FIRST_VERSION = (3, 12)
_RUNNING = (FrameType, GeneratorType, CoroutineType)
"""Types of objects that end with what they run."""


def make_immortal() -> int:
    """Make all objects that can be found immortal; return how many. Call after ``gc.freeze``, before the first fork."""
    if sys.version_info < _FIRST_VERSION or _has_other_layout():
        return 0
    count_of = ctypes.c_uint32.from_address
    forever = count_of(id(None)).value
    objects = _objects()
    for value in objects:
        count_of(id(value)).value = forever
    return len(objects)


def _has_other_layout() -> bool:
    """Whether objects may not begin with the 32 bits that count references: debug builds, builds without the lock."""
    is_debug_build = hasattr(sys, "gettotalrefcount")
    return is_debug_build or bool(sysconfig.get_config_var("Py_GIL_DISABLED")) or sys.byteorder != "little"


def _objects() -> list[Any]:
    """Return all objects that the garbage collector reaches, but for those of this search."""
    gc.unfreeze()
    waiting = gc.get_objects()
    gc.freeze()
    found: dict[int, Any] = {}
    while waiting:
        value = waiting.pop()
        if id(value) not in found and value is not waiting and value is not found:
            found[id(value)] = value
            waiting += gc.get_referents(value)
    return [value for value in found.values() if not isinstance(value, _RUNNING)]
