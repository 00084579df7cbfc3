"""The compiled loop is used only if it was built from the present sources."""

import shutil

import pytest

import hatch_build
from services.executor.sandbox.guest.supervisor import fork_loop


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the sources alone."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here: the forks are Python's")
    for path in hatch_build.SOURCES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fork_loop.LIBRARY.with_name(path.name), tmp_path / path)
    monkeypatch.setattr(fork_loop, "LIBRARY", tmp_path / hatch_build.LIBRARY)
    monkeypatch.setattr(fork_loop, "SOURCES", tuple(tmp_path / path for path in hatch_build.SOURCES))
    return tmp_path


def test_there_is_none_before_it_is_built(checkout):
    assert fork_loop.load() is None


def test_what_is_built_is_used(checkout):
    assert hatch_build.build(checkout)
    compiled = fork_loop.load()
    assert compiled is not None
    assert all(address % (2 << 20) == size_bytes % (2 << 20) == 0 for address, size_bytes in compiled.regions)
    assert len(compiled.regions) > 0


@pytest.mark.parametrize("changed", [0, 1], ids=["fork_loop.c", "fork_loop.py"])
def test_a_library_of_other_sources_is_not_used(checkout, changed):
    assert hatch_build.build(checkout)
    source = fork_loop.SOURCES[changed]
    source.write_text(source.read_text() + "\n")
    assert fork_loop.load() is None


def test_a_library_of_something_else_is_not_used(checkout):
    fork_loop.LIBRARY.write_bytes(b"no library")
    assert fork_loop.load() is None


def test_without_a_compiler_nothing_is_built(checkout, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert not hatch_build.build(checkout)
    assert fork_loop.load() is None
