"""What a zygote has made is immortal where the interpreter knows that; asked in processes of each Python of this machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import services.executor.sandbox.guest as guest
from tests.support.pythons import OWN_VERSION, VERSIONS, other_pythons

_SCRIPT = """
import gc, json, sys
sys.path.insert(0, sys.argv[1])
from guest.supervisor import immortal

class Kept:
    pass

value, words = Kept(), ["some words", {"key": (1, 2.5)}]
gc.collect()
gc.freeze()
made = immortal.make_immortal()
before = [sys.getrefcount(one) for one in (value, words, words[1]["key"], json.loads)]
more = [value, words, words[1]["key"], json.loads] * 3
after = [sys.getrefcount(one) for one in (value, words, words[1]["key"], json.loads)]
new = Kept()
fresh = sys.getrefcount(new)
new.me = new
del new, more
words.append(Kept())
words.clear()
print(json.dumps([sys.version_info[:2], made, before, after, fresh, gc.collect(), json.loads("[1, 2]")]))
"""


@pytest.fixture(scope="module", params=VERSIONS)
def seen(request):
    """What the script printed with one interpreter."""
    python = {**other_pythons(), OWN_VERSION: sys.executable}.get(request.param)
    if python is None:
        pytest.skip(f"no Python {request.param} on this machine")
    command = [python, "-I", "-S", "-c", _SCRIPT, str(Path(guest.__file__).parents[1])]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_references_to_what_was_there_are_no_longer_counted(seen):
    version, made, before, after, _fresh, _freed, _parsed = seen
    if version < [3, 12]:
        assert made == 0
        assert before != after
    else:
        assert made > 1000
        assert before == after


def test_later_objects_are_counted_and_freed_as_ever(seen):
    *_others, fresh, freed, parsed = seen
    assert fresh == 2
    assert freed >= 1
    assert parsed == [1, 2]
