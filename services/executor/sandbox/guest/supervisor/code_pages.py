"""Keeps the interpreter's machine code in huge pages, and each library in fewer mappings: forks then cost less.

A fork leaves out the page tables of mapped files, so each child would take a page fault for every 64 KiB of code that
it runs: some forty of them, with as many entries to remove at its end. ``prepare`` replaces the interpreter's code by a
copy in memory of the process's own, in huge pages, which a fork does inherit and no child writes to.

A library is mapped in three parts: headers, code, constants. As all of them become readable and executable, the kernel
merges them into one mapping, which a fork copies faster. Nothing that can be written becomes executable.

Nothing depends on it: where the kernel refuses, all stays as it was.
"""

import ctypes
from dataclasses import dataclass

from .huge_pages import HUGE_BYTES, collapse_all, libc, private_memory

_READ_AND_EXECUTE = 5  # from Linux's mman.h, as the next
_MREMAP_MAYMOVE_AND_FIXED = 3

libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]


@dataclass(slots=True)
class Span:
    """Memory that holds a file from one offset on, none of it writable."""

    start: int
    end: int
    offset: int
    name: str
    has_code: bool


def prepare() -> None:
    """Copy the interpreter's code, and merge the mappings of every library.

    Call before the first fork, and while there is ``/proc``.
    """
    interpreter = ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p).value or 0
    for span in _spans():
        if span.has_code:
            libc.mprotect(span.start, span.end - span.start, _READ_AND_EXECUTE)
            if span.start <= interpreter < span.end:
                _copy(span)


def _spans() -> list[Span]:
    """Return the mapped files of this process, parts of a file that follow one another as one span."""
    spans: list[Span] = []
    with open("/proc/self/maps") as lines:
        for line in lines:
            addresses, permissions, offset_text, _device, _inode, *name = line.split(maxsplit=5)
            if permissions not in ("r--p", "r-xp") or not name or not name[0].startswith("/"):
                continue
            start, end = (int(address, 16) for address in addresses.split("-"))
            offset, has_code, last = int(offset_text, 16), permissions == "r-xp", spans[-1] if spans else None
            if last and (last.name, last.end, last.offset + last.end - last.start) == (
                name[0],
                start,
                offset,
            ):
                last.end, last.has_code = end, last.has_code or has_code
            else:
                spans.append(Span(start, end, offset, name[0], has_code))
    return spans


def _copy(span: Span) -> None:
    """Replace the whole huge pages of a span with a copy in memory of the process's own."""
    first = -(-span.start // HUGE_BYTES) * HUGE_BYTES
    size_bytes = (span.end - first) // HUGE_BYTES * HUGE_BYTES
    if size_bytes <= 0:
        return
    try:
        room = private_memory(size_bytes + HUGE_BYTES)
    except MemoryError:
        return
    copy = -(-room // HUGE_BYTES) * HUGE_BYTES
    ctypes.memmove(copy, first, size_bytes)
    if collapse_all([(copy, size_bytes)]) and libc.mprotect(copy, size_bytes, _READ_AND_EXECUTE) == 0:
        # One call puts the copy in the place of the code that runs at this moment: the same bytes at the same address.
        libc.mremap(copy, size_bytes, size_bytes, _MREMAP_MAYMOVE_AND_FIXED, first)
    libc.munmap(room, copy - room)
    libc.munmap(copy, room + size_bytes + HUGE_BYTES - copy)
