"""The attacks under ``attacks/`` spell names of the guest: each of them exists in today's guest.

An attack on a name that was renamed attacks nothing, and would pass every other test. Needs no jail: nothing of an
attack is run.
"""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from services.executor.sandbox.guest.supervisor import descriptors
from services.executor.sandbox.guest.wire import orders
from tests.sandbox.corpus import FOLDER

SANDBOX = "services.executor.sandbox"
GUEST = Path(descriptors.__file__).parents[1]
FILES = sorted(FOLDER.glob("*/*.py"))

MODULE = re.compile(r"\bguest(?:\.\w+)+")
"""A module, wherever it is spelled: ``sys.modules["guest.wire.codec"]``, ``"guest.checker.candidate_process:CandidateLost"``."""
MODULE_AND_NAME = (
    re.compile(r"\"(guest(?:\.\w+)+):(\w+)\""),
    re.compile(r"\"module\": ?\"(guest(?:\.\w+)+)\", ?\"name\": ?\"(\w+)\""),
    re.compile(r"sys\.modules\[\"(guest(?:\.\w+)+)\"\]\.(\w+)"),
)
MODULE_IN_A_VARIABLE = re.compile(r"^(\w+) = sys\.modules\[\"(guest(?:\.\w+)+)\"\]$", re.MULTILINE)
PATH = re.compile(r"/acecoder/guest((?:/\w+)*(?:\.py)?)")
CLASS = re.compile(r"type\((\w+)\)\.__name__ == \"(\w+)\"")
SPARED = re.compile(r"key not in \(([^)]*)\)")
"""Names that an attack on all names of the guest leaves alone, so that it does not stop at its own damage."""


@cache
def module(name: str) -> ModuleType | None:
    """Return a module of the guest by the name it has in the jail; ``None`` if there is none."""
    try:
        return importlib.import_module(f"{SANDBOX}.{name}")
    except ModuleNotFoundError:
        return None


@cache
def classes() -> dict[str, str]:
    """Return the source of each class of the guest, by its name."""
    sources = "\n".join(path.read_text() for path in sorted(GUEST.rglob("*.py")))
    blocks = re.split(r"^(?=\S)", sources, flags=re.MULTILINE)
    return {found[1]: block for block in blocks if (found := re.match(r"class (\w+)", block))}


def spelled(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each name of the guest in the text of an attack, and whether it exists."""
    for name in MODULE.findall(text):
        yield name, module(name) is not None
    for pattern in MODULE_AND_NAME:
        for name, member in pattern.findall(text):
            yield f"{name}:{member}", hasattr(module(name), member)
    for variable, name in MODULE_IN_A_VARIABLE.findall(text):
        for member in re.findall(rf"^{variable}\.(\w+)", text, re.MULTILINE):
            yield f"{name}:{member}", hasattr(module(name), member)
    for path in PATH.findall(text):
        if "__pycache__" not in path:  # a file that an attack would make
            yield f"guest{path}", (GUEST / path.lstrip("/")).exists()
    for variable, name in CLASS.findall(text):
        yield name, name in classes()
        for attribute in re.findall(rf"\b{variable}\.(\w+) =", text):
            yield f"{name}.{attribute}", f"self.{attribute} =" in classes().get(name, "")
    for names in SPARED.findall(text):
        for name in re.findall(r"\"(\w+)\"", names):
            yield name, name in classes()


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_names_of_the_guest_that_an_attack_spells_exist(path: Path):
    assert [name for name, exists in spelled(path.read_text()) if not exists] == []


def test_the_corpus_spells_names_of_every_sort():
    """So that a pattern that no longer finds anything is noticed."""
    texts = "\n".join(path.read_text() for path in FILES)
    for pattern in (MODULE, *MODULE_AND_NAME, MODULE_IN_A_VARIABLE, PATH, CLASS, SPARED):
        assert pattern.search(texts), pattern.pattern


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('NAMES = ["guest.wire.codec:WireError", "guest.wire.codec:Gone"]', ["guest.wire.codec:Gone"]),
        ('{"own":[],"module":"guest.wire.codec","name":"Lost"}', ["guest.wire.codec:Lost"]),
        ('x = sys.modules["guest.wire.tongue"].TABLE', ["guest.wire.tongue", "guest.wire.tongue:TABLE"]),
        ('wire = sys.modules["guest.wire.codec"]\nwire.utter = 1', ["guest.wire.codec:utter"]),
        ('open("/acecoder/guest/wire/tongue.py")', ["guest/wire/tongue.py"]),
        ('open("/acecoder/guest/__pycache__/x")', []),
        ('if type(o).__name__ == "Landlord":\n    o._clock = 1', ["Landlord", "Landlord._clock"]),
        ('if type(o).__name__ == "ProgramHost":\n    o._watch = 1', ["ProgramHost._watch"]),
        ('if key not in ("ProgramHost", "Landlord"):', ["Landlord"]),
    ],
)
def test_a_name_that_does_not_exist_is_found(text, missing):
    assert [name for name, exists in spelled(text) if not exists] == missing


def test_attacks_write_on_the_descriptors_that_a_candidate_has():
    """Attacks spell them as numbers: 3 in ``_talk.raw``, 4 in ``_talk.wake``."""
    assert (descriptors.CHANNEL, descriptors.WAKEUP_FD) == (3, 4)


def test_an_attack_that_gives_orders_gives_real_ones():
    text = (FOLDER / "touching_the_judge" / "writes_a_number_on_every_descriptor.py").read_text()
    for order in (orders.KILL, orders.FORK, orders.RENEW):
        assert repr(order).replace("'", '"') in text
    for answer in (orders.ANSWER, orders.CPU):
        assert f'struct.pack("{answer.format}"' in text
