"""Units that two executions have in common: one has them judged, the other waits, or has a few judged, too."""

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from clients.contract import Limits
from services.executor.broker import redis_keys
from services.executor.broker.cache import Cache
from services.executor.execution.claims import COPIES_PER_BEAT, Claims
from services.executor.planning.flows import Flow
from services.executor.planning.plan import Unit
from services.executor.sandbox import Rules

UNITS = [Unit(n, 0, "program", f"# {n}", f"key{n}", Rules(Limits()), [n]) for n in range(20)]
NUMBERS = [unit.number for unit in UNITS]
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def cache(redis_server):
    async with AsyncRedis.from_url(redis_server.url) as redis:
        yield Cache(redis)


def numbers(units):
    return [unit.number for unit in units]


async def test_what_another_execution_has_judged_is_not_sent_until_its_records_are_there(cache, redis_server):
    first, second = (Claims(name, Flow("ann"), cache, 60) for name in ("first", "second"))
    assert numbers((await first.claim(UNITS)).to_send) == NUMBERS
    claimed = await second.claim(UNITS)
    assert (claimed.records, claimed.to_send, sorted(second.elsewhere)) == ([], [], NUMBERS)
    with Redis.from_url(redis_server.url) as redis:
        redis.set(redis_keys.record("key3"), b"a verdict")
        redis.delete(redis_keys.owner("first"))  # it has died: the second one takes its claims over
    claimed = await second.claim_again()
    assert [(unit.number, record) for unit, record in claimed.records] == [(3, b"a verdict")]
    assert numbers(claimed.to_send) == [n for n in NUMBERS if n != 3]
    assert not second.elsewhere
    assert not second.is_due


async def test_some_of_what_another_flow_has_claimed_are_judged_twice(cache):
    first, same_flow, other_flow = (
        Claims(name, Flow(caller), cache, 60) for name, caller in (("1", "ann"), ("2", "ann"), ("3", "bob"))
    )
    await first.claim(UNITS)
    for claims in (same_flow, other_flow):
        claims.allow_copies()
    assert (await same_flow.claim(UNITS)).to_send == []
    assert numbers((await other_flow.claim(UNITS)).to_send) == NUMBERS[:COPIES_PER_BEAT]
    assert (await other_flow.claim_again()).to_send == []
    assert sorted(other_flow.elsewhere) == NUMBERS[COPIES_PER_BEAT:]


async def test_a_claim_that_is_released_is_granted_to_the_next_that_asks(cache):
    first, second = (Claims(name, Flow("ann"), cache, 60) for name in ("first", "second"))
    await first.claim(UNITS[:2])
    await second.claim(UNITS[:2])
    await first.release(UNITS[0])
    assert numbers((await second.claim_again()).to_send) == [0]
    assert list(second.elsewhere) == [1]
