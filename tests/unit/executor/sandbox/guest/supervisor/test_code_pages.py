"""The interpreter runs on from a copy of its own code, and libraries have fewer mappings. In a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import services.executor.sandbox.guest as guest

_SCRIPT = """
import ctypes, json, os, sys
sys.path.insert(0, sys.argv[1])
from guest.supervisor import code_pages

def mappings():
    with open("/proc/self/smaps") as lines:
        found = []
        for line in lines:
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                found.append({"range": words[0], "permissions": words[1], "file": words[5] if len(words) > 5 else ""})
            else:
                found[-1][words[0][:-1]] = words[1]
    return found

address = ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p).value
before = mappings()
code_pages.prepare()
after = mappings()
child = os.fork()
if child == 0:
    os._exit(len(json.dumps(sorted(str(n) for n in range(50)))) % 100)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps([before, after, status]))
"""


@pytest.fixture(scope="module")
def seen():
    """Mappings before and after, and the exit code of a child that ran on."""
    command = [sys.executable, "-I", "-S", "-c", _SCRIPT, str(Path(guest.__file__).parents[1])]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_the_interpreter_and_its_children_run_on(seen):
    assert seen[2] == len(json.dumps(sorted(str(n) for n in range(50)))) % 100


def test_code_is_in_huge_pages_of_the_process_s_own(seen):
    _before, after, _status = seen
    copies = [one for one in after if one["permissions"] == "r-xp" and not one["file"]]
    if not copies:
        pytest.skip("the kernel has no huge page to give, or the interpreter's code fills none")
    assert all(int(one["AnonHugePages"]) == int(one["Size"]) > 0 for one in copies)


def test_libraries_have_fewer_mappings_and_none_is_writable_and_executable(seen):
    before, after, _status = seen
    assert len(after) < len(before)
    assert not [one for one in after if "w" in one["permissions"] and "x" in one["permissions"]]
