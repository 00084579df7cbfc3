"""Keeps the interpreter's small objects in huge pages, which makes every fork cheaper.

A fork copies one entry of the page table for each page that the parent has written, and the end of the child removes
them one by one. In a huge page of 2 MiB, the kernel handles 512 of them at once.

The interpreter asks the kernel for memory in arenas of 1 MiB, which lie between the libraries that it loads meanwhile.
``reserve`` makes it ask for the first ones together, at the boundary of a huge page; ``collapse_all`` has the kernel
put them into huge pages, in each session that forks by compiled code. Nothing depends on it: where the kernel cannot
(before Linux 6.1, or without free memory in one piece), forks cost what they cost without it.
"""

import ctypes

HUGE_BYTES = 2 << 20
"""Size of a huge page."""
_ARENA_BYTES = 1 << 20  # from CPython's obmalloc.c, since 3.10
_RESERVED_BYTES = 2 * HUGE_BYTES
"""What the imports of a bare environment fill. More would be written, and copied, without use."""
_OBJECT_BYTES = 450
"""With its header one of the largest objects that arenas hold (512 bytes): two thousand of them fill one."""
_MAX_OBJECTS = 20_000
"""Twice as many as fill the reserved arenas and what the interpreter had free before."""
_MAP_PRIVATE_ANONYMOUS = 0x22  # from Linux's mman.h, as the next
_MADV_COLLAPSE = 25
_READ_AND_WRITE = 3

libc = ctypes.CDLL(None, use_errno=True)
"""The C library; ``code_pages`` uses it too."""
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
]  # fmt: skip
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def reserve() -> list[bytes]:
    """Have the interpreter take its next arenas together; return what keeps it from returning them.

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
    return list(kept.values())


def _aligned_top() -> int:
    """Have the kernel place the next mapping of an arena's size just below a boundary of huge pages; return that.

    The kernel places mappings from high addresses to low ones. The rest of the current huge page is mapped, and not
    used: that costs addresses and no memory.
    """
    probe = libc.mmap(None, _ARENA_BYTES, 0, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    libc.munmap(probe, _ARENA_BYTES)
    top: int = probe + _ARENA_BYTES
    above_bytes = top % HUGE_BYTES
    if above_bytes:
        libc.mmap(top - above_bytes, above_bytes, 0, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    return top - above_bytes


def regions() -> list[tuple[int, int]]:
    """Return address and size of all memory of the process's own that huge pages could hold. Needs ``/proc``."""
    found: list[tuple[int, int]] = []
    with open("/proc/self/maps") as lines:
        for line in lines:
            addresses, permissions, _offset, _device, _inode, *name = line.split()
            if permissions == "rw-p" and name in ([], ["[heap]"]):
                start, end = (int(address, 16) for address in addresses.split("-"))
                first = -(-start // HUGE_BYTES) * HUGE_BYTES
                size_bytes = (end - first) // HUGE_BYTES * HUGE_BYTES
                if size_bytes > 0:
                    found.append((first, size_bytes))
    return found


def collapse_all(places: list[tuple[int, int]]) -> bool:
    """Put memory into huge pages, as far as the kernel can; return whether all of it is there.

    Each call may wait for a moment for every core.
    """
    results = [libc.madvise(address, size_bytes, _MADV_COLLAPSE) for address, size_bytes in places]
    return not any(results)


def private_memory(size_bytes: int) -> int:
    """Return the address of new memory, which a fork copies: a child cannot write to what its parent reads."""
    address = libc.mmap(None, size_bytes, _READ_AND_WRITE, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise MemoryError("no memory for the compiled loop")
    return int(address)
