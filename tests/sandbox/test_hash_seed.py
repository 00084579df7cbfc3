"""An environment's hash seed decides the order of a set of strings, for programs and tests."""

import pytest

from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.judging import results

ORDER = "print(list({chr(97 + n) * 5 for n in range(26)}))"


def _printed(sandbox):
    (test,) = results(sandbox, ORDER, io=[("", None)])
    return test.printed.stdout


@pytest.mark.parametrize(
    ("backend", "slot"),
    [(BackendName.NSJAIL, FIRST_SLOT + 4), (BackendName.UNSAFE_PROCESS, FIRST_SLOT + 5)],
    ids=["nsjail", "unsafe_process"],  # slots differ between the processes of pytest-xdist, and ids must not
)
def test_the_order_of_a_set_depends_on_the_environments_hash_seed_alone(jail, backend, slot):
    reseeded = open_sandbox(backend, EnvironmentSpec("reseeded", hash_seed=1), slot=slot)
    reseeded.start()
    try:
        orders = [_printed(jail), _printed(jail), _printed(reseeded), _printed(reseeded)]
    finally:
        reseeded.close()
    assert orders[0] == orders[1] != orders[2] == orders[3]
