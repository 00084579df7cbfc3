"""What a Redis server keeps: read from real servers, and in one sentence that says what to do."""

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import ResponseError

from services.executor.broker.durability import ServerFacts, facts_of, read_server, read_server_async
from services.executor.local.redis import OwnRedis


@pytest.fixture
def server(tmp_path):
    own = OwnRedis(tmp_path)
    own.start()
    with Redis.from_url(own.url) as client:
        yield client
    own.stop()


def test_a_server_without_files_says_what_a_restart_costs(server):
    text = read_server(server).describe()
    assert "it keeps nothing on disk" in text
    assert "jobs that had ended are gone; a server with --appendonly yes keeps them" in text


def test_a_server_with_an_append_only_file_keeps_work():
    """Read from a reply: a server that writes its first file ignores SIGTERM."""
    facts = facts_of({"redis_version": "7.2.4", "aof_enabled": 1, "maxmemory_policy": "noeviction"}, {})
    assert facts.describe().endswith("survive its restart (append-only file)")


def test_snapshots_lose_what_is_newer(server):
    server.config_set("save", "3600 1")
    assert "what is newer than its last snapshot (save 3600 1) is lost" in read_server(server).describe()


def test_a_server_that_evicts_is_warned_of(server):
    server.config_set("maxmemory-policy", "allkeys-lru")
    facts = read_server(server)
    assert "evicts keys (maxmemory-policy allkeys-lru), and with them queued work" in facts.eviction_warning()
    assert "redis-cli config set maxmemory-policy noeviction" in facts.describe()


def test_a_managed_server_may_refuse_its_configuration():
    class Managed:
        def info(self):
            return {"redis_version": "7.2.4", "aof_enabled": 0, "maxmemory_policy": "noeviction"}

        def config_get(self, name):
            raise ResponseError("unknown command 'CONFIG'")

    facts = read_server(Managed())
    assert facts == ServerFacts("redis 7.2.4", False, None, "noeviction")
    assert "no append-only file" in facts.describe()
    assert facts.eviction_warning() == ""


@pytest.mark.anyio
async def test_both_ways_read_the_same(server):
    async with AsyncRedis(unix_socket_path=server.connection_pool.connection_kwargs["path"]) as client:
        assert await read_server_async(client) == read_server(server)


def test_facts_of_an_empty_answer_warn_of_nothing():
    assert facts_of({}, {}).eviction_warning() == ""
