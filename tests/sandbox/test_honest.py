"""Honest programs do not notice the jail: every test that holds in a plain run holds here."""

import pytest

from clients.contract import State
from tests.sandbox.honest import Honest, corpus
from tests.sandbox.judging import holds

GENEROUS = {"cpu_s": 5.0, "total_cpu_s": 60.0, "memory_bytes": 512 * 2**20}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("honest", corpus(), ids=lambda honest: honest.name)
def test_every_test_holds_in_the_jail(jail, honest: Honest, state: State) -> None:
    holds(jail, honest.program, *honest.tests, setup=honest.setup, state=state, **GENEROUS)
