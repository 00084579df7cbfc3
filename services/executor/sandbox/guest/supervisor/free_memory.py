"""Fills the free memory between the interpreter's objects, so that forks write to fewer pages.

Imports and the warm-up leave free blocks all over the pages that they wrote. The next objects would be made in them,
and each of these pages would be copied in every candidate. ``fill`` takes these blocks for good. What comes later is
then made side by side, in memory that has not been used.
"""

import ctypes
from collections.abc import Callable, Iterator

_HEADER_BYTES = 33
"""Of a ``bytes`` object, and the zero behind its content."""
_STEP_BYTES = 16  # from CPython's obmalloc.c, as the next three
_MAX_SMALL_BYTES = 512
_POOL_BYTES = 1 << 14
_POOL_HEADER_BYTES = 48
_FULL_AFTER = 6
"""Objects side by side at the beginning of a pool of the allocator's: it had no free block of this size elsewhere."""
_MAX_BYTES = 2 << 20
"""Of one size: more than is free. If this does not fill it, the allocator is another one, and nothing is kept."""
_LARGE_BYTES = (
    *(1 << 16, 1 << 15, 1 << 14, 1 << 13, 6144, 4096, 3072, 2560, 2048, 1792, 1536, 1408, 1280, 1152),
    *range(1040, _MAX_SMALL_BYTES, -_STEP_BYTES),
)
"""Sizes that the C library's allocator serves, from large to small: what a size leaves is filled by a smaller one."""
_SIDE_BY_SIDE = 3
"""As many blocks in a row come from the end of the heap."""

_libc = ctypes.CDLL(None)
_libc.malloc.restype = ctypes.c_void_p
_libc.malloc.argtypes = [ctypes.c_size_t]
_libc.free.argtypes = [ctypes.c_void_p]


def fill() -> list[object]:
    """Fill the free memory of this process; return what must be kept. Call before the first fork."""
    kept: list[object] = []
    for size in range(_STEP_BYTES, _MAX_SMALL_BYTES + 1, _STEP_BYTES):
        kept += _fill_small(size)
    for size in _LARGE_BYTES:
        _fill_large(size)
    if hasattr(
        _libc, "malloc_trim"
    ):  # glibc: it also merges what is free, which each fork would do at its first read
        _libc.malloc_trim(0)
    return kept


def _fill_small(size: int) -> list[object]:
    """Take the free blocks of one size among the small ones."""
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
    """Take the free blocks of at least one size among the large ones, and write nothing to them."""
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
