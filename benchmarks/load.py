"""Sends a stack twice as much work as it can judge, from many clients, for some minutes; checks that it holds.

    python -m benchmarks.load --minutes 10

First, on the idle stack: how many programs a second it judges, and how long a small request takes. Then 200 clients
of one key send requests of 32 candidates at twice that rate, whatever waits; one client of another key sends small
requests. What is refused is sent again after the seconds in ``Retry-After``. Printed and written to
``out/load.json``: whether every candidate of an accepted request had its right verdict, refusals, the latency of small
requests idle and under load, and the memory of every process with its slope. All on this machine, over loopback.
"""

import argparse
import asyncio
import json
import os
import random
import time
from dataclasses import asdict
from typing import Any

import httpx2
from redis import Redis

from benchmarks import report
from benchmarks.load_clients import Tally, request, send
from benchmarks.load_memory import MemorySamples
from services.executor.local.stack import LocalStack

BULK, SMALL = "bulk-key", "small-key"
BATCH, SMALL_BATCH = 32, 4
REQUEST_S = 400
"""Longest wait for an answer, above the deadline of a request (300 s)."""
SAMPLE_S = 5
PAUSE_S = 1.0
"""Between two small requests: a person, or an evaluation."""


def main() -> None:
    options = _options()
    facts = report.announce("Load")
    numbers = asyncio.run(_measure(options))
    numbers = {"machine": facts, "load_after": round(os.getloadavg()[0], 2), **numbers}
    _print(numbers)
    report.save("load", numbers)
    bulk, small = numbers["bulk"], numbers["small"]
    faults = [tally[name] for tally in (bulk, small) for name in ("wrong", "missing", "without_retry_after")]
    if any(faults):
        raise SystemExit("something was lost or wrong: see above")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, help="length of the load (default 10)")
    parser.add_argument("--clients", type=int, default=200, help="clients of bulk work (default 200)")
    parser.add_argument("--times", type=float, default=2.0, help="load, in what the stack judges (default 2)")
    parser.add_argument("--idle", type=int, default=40, help="small requests on the idle stack (default 40)")
    parser.add_argument(
        "--queue", type=int, default=1000, help="EXECUTOR_MAX_QUEUED_CANDIDATES (default 1000)"
    )
    parser.add_argument("--workers", type=int, help="default: one per core")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    settings = {
        "EXECUTOR_TOKENS": json.dumps({"bulk": BULK, "small": SMALL}),
        "EXECUTOR_ENVIRONMENTS": '{"base": {}}',
        "EXECUTOR_MAX_QUEUED_CANDIDATES": str(options.queue),
    }
    limits = httpx2.Limits(max_connections=None)
    with LocalStack(workers=options.workers or report.cores(), settings=settings) as stack:
        async with httpx2.AsyncClient(base_url=stack.url, timeout=REQUEST_S, limits=limits) as http:
            rate_per_s = await _capacity(http, options.queue)
            idle, bulk, small = Tally(), Tally(), Tally()
            for number in range(options.idle):
                await send(http, request(f"idle {number}", SMALL_BATCH, cache=False), idle, SMALL)
            print(f"idle: {rate_per_s:.0f} programs/s; {_latency(idle)}", flush=True)
            memory = MemorySamples(stack)
            took_s = await _load(http, options, options.times * rate_per_s, bulk, small, memory)
            jobs_left = await _redis_keys_left(stack)
    return {
        "minutes": options.minutes,
        "clients": options.clients,
        "idle_programs_per_s": round(rate_per_s, 1),
        "sent_programs_per_s": round(options.times * rate_per_s, 1),
        "judged_programs_per_s": round((bulk.judged + small.judged) / took_s, 1),
        "idle": _tally_row(idle),
        "bulk": _tally_row(bulk),
        "small": _tally_row(small),
        "memory": memory.rows(),
        "executions_left_in_redis": jobs_left,
    }


async def _capacity(http: httpx2.AsyncClient, queue: int) -> float:
    """Return the programs per second of the stack: of the second of two requests that it judges alone."""
    rate_per_s = 0.0
    for number in range(2):
        tally, began_at = Tally(), time.monotonic()
        await send(http, request(f"capacity {number}", queue // 2, cache=False), tally, BULK)
        rate_per_s = tally.judged / (time.monotonic() - began_at)
    return rate_per_s


async def _load(
    http: httpx2.AsyncClient,
    options: argparse.Namespace,
    rate_per_s: float,
    bulk: Tally,
    small: Tally,
    memory: MemorySamples,
) -> float:
    """Send for the given minutes, and wait for what was accepted; return the seconds until the last answer."""
    began_at = time.monotonic()
    ends_at = began_at + 60 * options.minutes
    period_s = options.clients * BATCH / rate_per_s
    async with asyncio.TaskGroup() as tasks:
        for number in range(options.clients):
            tasks.create_task(_bulk_client(http, number, period_s, ends_at, bulk))
        tasks.create_task(_small_client(http, ends_at, small))
        tasks.create_task(_sample(memory, ends_at))
    return time.monotonic() - began_at


async def _bulk_client(
    http: httpx2.AsyncClient, number: int, period_s: float, ends_at: float, tally: Tally
) -> None:
    """Send a request each period; one that is behind sends the next one at once."""
    due_at = time.monotonic() + random.random() * period_s
    count = 0
    while due_at < ends_at and time.monotonic() < ends_at:
        await asyncio.sleep(max(due_at - time.monotonic(), 0))
        due_at += period_s
        count += 1
        await send(http, request(f"bulk {number} {count}", BATCH), tally, BULK, ends_at)


async def _small_client(http: httpx2.AsyncClient, ends_at: float, tally: Tally) -> None:
    count = 0
    while time.monotonic() < ends_at:
        count += 1
        await send(http, request(f"small {count}", SMALL_BATCH), tally, SMALL, ends_at)
        await asyncio.sleep(PAUSE_S)


async def _sample(memory: MemorySamples, ends_at: float) -> None:
    while time.monotonic() < ends_at:
        memory.take()
        await asyncio.sleep(SAMPLE_S)


async def _redis_keys_left(stack: LocalStack) -> int:
    """Return how many keys of executions are left when all are answered, a few seconds later."""
    assert stack.redis is not None
    await asyncio.sleep(SAMPLE_S)
    with Redis.from_url(stack.redis.url) as redis:
        return sum(1 for _ in redis.scan_iter("executor:owner:*", count=1000))


def _tally_row(tally: Tally) -> dict[str, Any]:
    row = asdict(tally)
    for name in ("took_s", "waited_s"):
        values = row.pop(name)
        row[name] = (
            {f"p{q * 100:g}": round(report.quantile(values, q), 3) for q in (0.5, 0.9, 0.99)}
            if values
            else {}
        )
    return row | {"requests": len(tally.took_s)}


def _latency(tally: Tally) -> str:
    p50, p99 = (1000 * report.quantile(tally.waited_s, q) for q in (0.5, 0.99))
    return f"a small request takes {p50:.0f} ms (p50), {p99:.0f} ms (p99)"


def _print(numbers: dict[str, Any]) -> None:
    rates = [f"{name} {numbers[name]}" for name in numbers if name.endswith("_per_s")]
    print(
        ", ".join(rates) + f", load {numbers['machine']['load_before']} before, {numbers['load_after']} after"
    )
    for name in ("idle", "bulk", "small"):
        row = numbers[name]
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()))
    print(f"{'memory, MiB':>16} {'first':>8} {'most':>8} {'last':>8} {'a minute':>9}")
    for name, row in numbers["memory"].items():
        sizes = f"{row['first_mib']:8.1f} {row['most_mib']:8.1f} {row['last_mib']:8.1f}"
        print(f"{name:>16} {sizes} {row['slope_mib_per_min']:9.3f}")


if __name__ == "__main__":
    main()
