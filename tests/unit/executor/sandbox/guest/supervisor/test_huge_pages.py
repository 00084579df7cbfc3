"""The zygote's small objects lie together, at the boundary of a huge page. Asked in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import services.executor.sandbox.guest as guest

_ROOT = Path(guest.__file__).parents[1]
_SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from guest.supervisor import huge_pages
kept = huge_pages.reserve()
start = min(map(id, kept)) >> 20 << 20
collapsed = huge_pages.collapse_all([(start, 4 << 20)])
print(json.dumps([start, [id(value) for value in kept], collapsed, list(kept[0])]))
"""


@pytest.fixture(scope="module")
def reserved():
    """Address of the reserved arenas, addresses of an object in each, whether they were collapsed, an object."""
    command = [sys.executable, "-I", "-S", "-c", _SCRIPT, str(_ROOT)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_arenas_that_the_interpreter_takes_next_fill_whole_huge_pages(reserved):
    start, addresses, _collapsed, _object = reserved
    assert start % (2 << 20) == 0
    assert sorted((address - start) >> 20 for address in addresses) == [0, 1, 2, 3]


def test_objects_keep_their_content_in_huge_pages(reserved):
    _start, _addresses, collapsed, content = reserved
    if not collapsed:
        pytest.skip("the kernel has no huge page to give, or is older than Linux 6.1")
    assert content == [0] * len(content)
    assert content
