"""Says what a Redis server keeps when it restarts or is full, from what the server reports about itself.

Reads ``INFO``, which managed servers allow, too, and ``CONFIG GET save``, which some refuse. Changes nothing. It cannot
see whether the disk of the server outlives its container.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from redis import Redis, ResponseError
from redis.asyncio import Redis as AsyncRedis

NO_EVICTION = "noeviction"
"""The one policy that loses no work: the service itself evicts what can be judged again."""
ADVICE = (
    "after a restart requests in progress are sent again, and jobs that had ended are gone; "
    "a server with --appendonly yes keeps them"
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a Redis server reports about its version, its files and its memory."""

    version: str
    has_append_only_file: bool
    snapshot_rule: str | None
    """When it writes snapshots, as in its setting ``save``; empty: never; ``None``: it does not tell."""
    eviction_policy: str

    def describe(self) -> str:
        """Return one line: the version, what survives a restart, and what to do if jobs should."""
        if self.has_append_only_file:
            kept = "queued work and jobs survive its restart (append-only file)"
        elif self.snapshot_rule:
            kept = f"what is newer than its last snapshot (save {self.snapshot_rule}) is lost when it ends; {ADVICE}"
        elif self.snapshot_rule is None:
            kept = f"it has no append-only file; {ADVICE}"
        else:
            kept = f"it keeps nothing on disk; {ADVICE}"
        return "; ".join(filter(None, (self.version, kept, self.eviction_warning())))

    def eviction_warning(self) -> str:
        """Return what is wrong with a server that evicts keys, and what to do; empty if it evicts none."""
        if self.eviction_policy == NO_EVICTION:
            return ""
        return (
            f"a full Redis evicts keys (maxmemory-policy {self.eviction_policy}), and with them queued work; "
            f"set it to {NO_EVICTION}: redis-cli config set maxmemory-policy {NO_EVICTION}, and in its configuration"
        )


def read_server(redis: Redis) -> ServerFacts:
    """Read the facts from a server.

    Raises:
        RedisError: it does not answer.
    """
    info: Any = redis.info()
    config: Any = {}
    with suppress(ResponseError):
        config = redis.config_get("save")
    return facts_of(info, config)


async def read_server_async(redis: AsyncRedis) -> ServerFacts:
    """Read the facts from a server, in an event loop.

    Raises:
        RedisError: it does not answer.
    """
    info: Any = await redis.info()
    config: Any = {}
    with suppress(ResponseError):
        config = await redis.config_get("save")
    return facts_of(info, config)


async def warn_of_eviction(redis: AsyncRedis) -> None:
    """Write a warning to the log if the server evicts keys when it is full.

    Raises:
        RedisError: it does not answer.
    """
    if warning := (await read_server_async(redis)).eviction_warning():
        structlog.get_logger().warning(warning)


def facts_of(info: Mapping[str, Any], config: Mapping[str, Any]) -> ServerFacts:
    """Return the facts in the replies to ``INFO`` and ``CONFIG GET save``."""
    return ServerFacts(
        version=f"{info.get('server_name', 'redis')} {info.get('redis_version', 'of unknown version')}",
        has_append_only_file=bool(info.get("aof_enabled")),
        snapshot_rule=config.get("save"),
        eviction_policy=str(info.get("maxmemory_policy", NO_EVICTION)),
    )
