"""Fills the free memory between the interpreter's objects, so that forks write to fewer pages.

Imports and the warm-up leave free blocks in many of the pages that they wrote. Later objects would be made in these
blocks, and the kernel would copy each of these pages in every candidate. ``fill`` allocates the blocks for good. Later
objects are then made side by side, in memory that has not been used.
"""

import ctypes
from collections.abc import Callable, Iterator

_HEADER_BYTES = 33
"""Size of the header of a ``bytes`` object, with the zero byte after its content."""
# Sizes of CPython's allocator, from its obmalloc.c.
_STEP_BYTES = 16
_MAX_SMALL_BYTES = 512
_POOL_BYTES = 1 << 14
_POOL_HEADER_BYTES = 48
_FULL_AFTER = 6
"""Objects side by side at the beginning of a pool (the allocator's unit of memory for one size). So many show that the
pool is new: the allocator had no other free block of this size."""
_MAX_BYTES = 2 << 20
"""Limit of the memory of one size: more than is ever free. If the limit is reached, the allocator is not CPython's
usual one, and nothing is kept."""
_LARGE_BYTES = (
    *(1 << 16, 1 << 15, 1 << 14, 1 << 13, 6144, 4096, 3072, 2560, 2048, 1792, 1536, 1408, 1280, 1152),
    *range(1040, _MAX_SMALL_BYTES, -_STEP_BYTES),
)
"""Sizes that the C library's allocator serves, from large to small: a smaller size fills what a larger one leaves."""
_SIDE_BY_SIDE = 3
"""Blocks side by side that show that the C library has no other free block of this size: they extend the heap."""

_libc = ctypes.CDLL(None)
_libc.malloc.restype = ctypes.c_void_p
_libc.malloc.argtypes = [ctypes.c_size_t]
_libc.free.argtypes = [ctypes.c_void_p]


def fill() -> list[object]:
    """Fill the free memory of this process; return the objects that must be kept. Call before the first fork."""
    kept: list[object] = []
    for size in range(_STEP_BYTES, _MAX_SMALL_BYTES + 1, _STEP_BYTES):
        kept += _fill_small(size)
    for size in _LARGE_BYTES:
        _fill_large(size)
    if hasattr(_libc, "malloc_trim"):  # glibc
        # It also merges free blocks, which each fork would do otherwise, at its first read.
        _libc.malloc_trim(0)
    return kept


def _fill_small(size: int) -> list[object]:
    """Fill the free blocks of one size that Python's allocator serves; return the objects in them."""
    objects: list[object] = []
    row = last = 0
    make = _maker(size)
    for _ in range(_MAX_BYTES // size):
        value = make()
        objects.append(value)
        address = id(value)
        row = row + 1 if address == last + size else 0
        last = address
        if row >= _FULL_AFTER and (address - _POOL_HEADER_BYTES) % _POOL_BYTES == row * size:
            return objects[: -row - 1]
    return []


def _fill_large(size: int) -> None:
    """Allocate the free blocks of one size or more that the C library serves, for good; nothing is written to them."""
    blocks: list[int] = []
    row = last = highest = 0
    for _ in range(_MAX_BYTES // size):
        address: int = _libc.malloc(size)
        blocks.append(address)
        row = row + 1 if last < address <= last + size + _STEP_BYTES else 0
        last = address
        if row >= _SIDE_BY_SIDE and address >= highest:
            del blocks[: -row - 1]
            break
        highest = max(highest, address)
    for address in reversed(blocks):
        _libc.free(address)


def _maker(size: int) -> Callable[[], object]:
    """Return a function that makes an object of a size."""
    if size == _STEP_BYTES:
        return object
    if size < _HEADER_BYTES:
        numbers: Iterator[int] = iter(range(1 << 30, 1 << 31))
        return lambda: next(numbers)
    return lambda: bytes(size - _HEADER_BYTES)
