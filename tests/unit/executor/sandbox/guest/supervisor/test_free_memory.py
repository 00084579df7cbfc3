"""After free memory is filled, new objects lie side by side, and not in the holes that earlier ones left."""

import subprocess
import sys

import pytest

PROGRAM = """
from services.executor.sandbox.guest.supervisor import free_memory
holes = [bytes({size}) for _ in range(5000)]
del holes[::7]
kept = free_memory.fill()
assert kept
objects = [bytes({size}) for _ in range(20)]
pages = {{id(value) >> 12 for value in objects}}
print(len(pages) < 20 * ({size} + 33 + 16) / 4096 + 3)  # a row begins and ends within a page, and newer glibc has two
"""


@pytest.mark.parametrize("size", [50, 300, 700])
def test_new_objects_lie_side_by_side(size):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(size=size)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
