"""The host of an API process is cut off while clients wait for it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.errors import CannotConnectError
from tests.chaos.judging import SLOW, programs
from tests.conftest import wait_until
from tests.hosts.load import BATCH, DEADLINE_S, SUITE, Load

LONG = 40 * BATCH
"""Candidates of a request that is not answered before the cable is pulled."""


def test_a_host_of_an_api_process_is_cut_off(stage, report):
    """Clients behind the balancer go on with the other one. A client of this one alone gets an error, not silence."""
    with Load(stage) as load, ThreadPoolExecutor(2) as pool, stage.client(stage.url_of("api1")) as alone:
        waits = pool.submit(alone.execute, programs(LONG, SLOW), SUITE, deadline_s=2 * DEADLINE_S)
        sends = pool.submit(send_until_an_error, alone)
        wait_until(lambda: stage.busy_worker("left"))
        load.wait_for(BATCH)
        stage.network.cut_off(stage.hosts["api1"])
        cut_off_at = time.monotonic()
        load.wait_for(3 * BATCH)
        for future in (waits, sends):
            with pytest.raises(CannotConnectError):
                future.result(timeout=2 * DEADLINE_S)
        noticed_s = time.monotonic() - cut_off_at
        stage.network.rejoin(stage.hosts["api1"])
        load.wait_for(2 * BATCH)
    report(f"{load.check()}; an error after {noticed_s:.0f} s for clients of this host alone")


def send_until_an_error(client):
    """Send requests on a connection that was used before: what is sent when the cable is pulled is not acknowledged."""
    while True:
        client.execute(programs(1), SUITE)
