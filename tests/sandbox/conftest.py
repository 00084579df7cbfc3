"""Fixtures: one jail for the whole run, one with numpy, one with pandas, one for a single test, and a sandbox without isolation."""

import pytest

from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT


def _opened(backend, environment, slot):
    sandbox = open_sandbox(backend, environment, slot=slot)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


@pytest.fixture(scope="session")
def jail():
    """The real jail: nsjail, base environment."""
    yield from _opened(BackendName.NSJAIL, EnvironmentSpec("base"), FIRST_SLOT)


@pytest.fixture(scope="session")
def python_forks():
    """The same, with processes forked by Python and not by compiled code."""
    spec = EnvironmentSpec("base", compiled_forks=False)
    yield from _opened(BackendName.NSJAIL, spec, FIRST_SLOT + 13)


@pytest.fixture(scope="session")
def scientific():
    """The same with numpy."""
    yield from _opened(BackendName.NSJAIL, EnvironmentSpec("scientific", modules=("numpy",)), FIRST_SLOT + 1)


@pytest.fixture(scope="session")
def frames():
    """The same with pandas."""
    pytest.importorskip("pandas", reason="pandas is not installed here; the 'dev' extra has it")
    spec = EnvironmentSpec("frames", modules=("numpy", "pandas"))
    yield from _opened(BackendName.NSJAIL, spec, FIRST_SLOT + 8)


@pytest.fixture(scope="session")
def unconfined():
    """No isolation at all: the ``unsafe_process`` backend."""
    yield from _opened(BackendName.UNSAFE_PROCESS, EnvironmentSpec("base"), FIRST_SLOT + 2)


@pytest.fixture
def own_jail():
    """A jail for one test, which may kill it."""
    yield from _opened(BackendName.NSJAIL, EnvironmentSpec("base"), FIRST_SLOT + 3)
