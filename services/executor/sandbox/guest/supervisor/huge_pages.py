"""Keeps the interpreter's small objects in huge pages, which makes every fork cheaper.

A fork copies one entry of the page table for each page that the parent has written, and the end of the child removes
them one by one. In a huge page of 2 MiB, the kernel handles 512 of them at once.

The interpreter asks the kernel for memory in arenas of 1 MiB, which lie between the libraries that it loads meanwhile.
``reserve`` makes it ask for the first ones together, at the boundary of a huge page; ``collapse`` has the kernel put
them into huge pages once they are full. Nothing depends on it: where the kernel cannot (before Linux 6.1, or without
free memory in one piece), forks cost what they cost without it.
"""

import ctypes

_HUGE_BYTES = 2 << 20
_ARENA_BYTES = 1 << 20  # from CPython's obmalloc.c, since 3.10
_RESERVED_BYTES = 2 * _HUGE_BYTES
"""What the imports of a bare environment fill. More would be written, and copied, without use."""
_OBJECT_BYTES = 450
"""With its header one of the largest objects that arenas hold (512 bytes): two thousand of them fill one."""
_MAX_OBJECTS = 20_000
"""Twice as many as fill the reserved arenas and what the interpreter had free before."""
_MAP_PRIVATE_ANONYMOUS = 0x22  # from Linux's mman.h, as the next
_MADV_COLLAPSE = 25
_READ_AND_WRITE = 3

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
]  # fmt: skip
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def reserve() -> tuple[int, list[bytes]]:
    """Have the interpreter take its next arenas together; return their address, and what keeps it from returning them.

    Call before the imports that are to fill them.
    """
    top = _aligned_top()
    start = top - _RESERVED_BYTES
    objects: list[bytes] = []
    kept: dict[int, bytes] = {}
    while len(kept) < _RESERVED_BYTES // _ARENA_BYTES and len(objects) < _MAX_OBJECTS:
        value = bytes(_OBJECT_BYTES)
        objects.append(value)
        if start <= id(value) < top:
            kept.setdefault(id(value) // _ARENA_BYTES, value)
    return start, list(kept.values())


def collapse(start: int) -> bool:
    """Put the reserved arenas at ``start`` into huge pages; return whether the kernel did."""
    return bool(_libc.madvise(start, _RESERVED_BYTES, _MADV_COLLAPSE) == 0)


def _aligned_top() -> int:
    """Have the kernel place the next mapping of an arena's size just below a boundary of huge pages; return that.

    The kernel places mappings from high addresses to low ones. The rest of the current huge page is mapped, and not
    used: that costs addresses and no memory.
    """
    probe = _libc.mmap(None, _ARENA_BYTES, 0, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    _libc.munmap(probe, _ARENA_BYTES)
    top: int = probe + _ARENA_BYTES
    above_bytes = top % _HUGE_BYTES
    if above_bytes:
        _libc.mmap(top - above_bytes, above_bytes, 0, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    return top - above_bytes


def regions() -> list[tuple[int, int]]:
    """Return address and size of all memory of the process's own that huge pages could hold. Needs ``/proc``."""
    found: list[tuple[int, int]] = []
    with open("/proc/self/maps") as lines:
        for line in lines:
            addresses, permissions, _offset, _device, _inode, *name = line.split()
            if permissions == "rw-p" and name in ([], ["[heap]"]):
                start, end = (int(address, 16) for address in addresses.split("-"))
                first = -(-start // _HUGE_BYTES) * _HUGE_BYTES
                size_bytes = (end - first) // _HUGE_BYTES * _HUGE_BYTES
                if size_bytes > 0:
                    found.append((first, size_bytes))
    return found


def collapse_all(places: list[tuple[int, int]]) -> None:
    """Put memory into huge pages, as far as the kernel can. Each call may wait for a moment for every core."""
    for address, size_bytes in places:
        _libc.madvise(address, size_bytes, _MADV_COLLAPSE)


def private_memory(size_bytes: int) -> int:
    """Return the address of new memory, which a fork copies: a child cannot write to what its parent reads."""
    address = _libc.mmap(None, size_bytes, _READ_AND_WRITE, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise MemoryError("no memory for the compiled loop")
    return int(address)
