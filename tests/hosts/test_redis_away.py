"""Redis is restarted, stays away, or is lost with its host and replaced by its replica, while workers judge."""

import time

import pytest

from clients.contract import UnscorableReason
from services.executor.settings import ExecutorSettings
from tests.conftest import wait_until
from tests.hosts.load import BATCH, Load

OUTAGE_S = 5
"""From the loss of a host to the promotion: less than requests wait for a Redis that is away."""
LAG_S = 2
"""What the replica does not have when it is promoted."""
PATIENCE_S = ExecutorSettings.model_fields["redis_patience_s"].default


@pytest.mark.parametrize("keeps", [True, False], ids=["with its data", "without its data"])
def test_redis_is_killed_and_restarted(stage, report, keeps):
    """Without its data, too, no accepted candidate is lost: its API process sends it again."""
    with Load(stage) as load:
        wait_until(lambda: stage.busy_worker("left"))
        stage.redis_pair.kill()
        stage.redis_pair.start(keeps=keeps)
        load.wait_for(3 * BATCH)
    report(load.check())


def test_redis_stays_away_for_longer_than_requests_wait(stage, report):
    """What was accepted is answered as unscorable, with the reason; nothing is answered by a reward of 0."""
    with Load(stage) as load:
        wait_until(lambda: stage.busy_worker("left"))
        stage.redis_pair.kill()
        time.sleep(PATIENCE_S + 5)
        stage.redis_pair.start()
        load.wait_for(3 * BATCH)
    report(load.check_with_gaps({UnscorableReason.QUEUE_UNAVAILABLE}))


@pytest.mark.parametrize("lag_s", [0, LAG_S], ids=["up to date", "behind"])
def test_the_host_of_redis_is_lost_and_its_replica_is_promoted(stage, report, lag_s):
    """By hand, and the address is moved to it. What the replica did not have is judged again."""
    network, pair = stage.network, stage.redis_pair
    pair.start_replica()
    with Load(stage) as load:
        wait_until(lambda: stage.busy_worker("left"))
        if lag_s:
            network.cut_off(pair.replica)
            time.sleep(lag_s)
        network.cut_off(pair.primary)
        time.sleep(OUTAGE_S)
        network.rejoin(pair.replica)
        pair.fail_over()
        load.wait_for(3 * BATCH)
    report(load.check())
    network.rejoin(pair.replica)
