"""The clocks of hosts jump while they judge: by hours, forth and back.

Time namespaces move monotonic clocks only. So libfaketime moves the wall clock of the processes of a host.
"""

import pytest

from tests.hosts.load import BATCH, Load
from tests.hosts.stage import find_faketime

HOSTS = ("left", "right", "api1")
JUMPS_S = ((3600, 0, -3600), (-3600, 3600, 3600), (0, 0, 0))
"""How far the clocks of the hosts are from the right time, one after the other."""


@pytest.mark.skipif(not find_faketime(), reason="no libfaketime: apt-get install libfaketime")
def test_clocks_jump(stage, report):
    """Those of both hosts of workers and of one API process; the other API process and Redis keep the right time."""
    for host in HOSTS:
        stage.restart_with_clock(host)
    stage.await_ready()
    with Load(stage) as load:
        for offsets_s in JUMPS_S:
            for host, offset_s in zip(HOSTS, offsets_s, strict=True):
                stage.move_clock(host, offset_s)
            load.wait_for(3 * BATCH)
    for host in HOSTS:
        stage.restart_with_right_clock(host)
    report(load.check())
