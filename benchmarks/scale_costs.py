"""Measures what a request, a chunk and a program cost each process of a stack: CPU time, round trips and bytes.

    python -m benchmarks.scale_costs [--record]

A local stack with one worker judges the same problems in requests of four shapes, with new programs and the cache on.
The cost of a request, of a chunk in it and of a program in that is what fits the four best. ``--record`` writes the
result to ``scale_costs.json``, from which ``benchmarks.scale_simulation`` predicts stacks of other sizes.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import numpy as np
from redis import Redis

from benchmarks import report, scale_requests
from benchmarks.cpu_clocks import CpuClock
from benchmarks.scale_requests import RequestMaker
from services.executor.broker.queue import item_id
from services.executor.local.stack import LocalStack
from services.executor.planning.plan import NO_BACKLOG, Backlog, make_chunks
from services.executor.settings import ExecutorSettings

RECORDED = Path(__file__).with_suffix(".json")
PROBLEMS = 16
SAMPLES = (4, 16, 64)
"""Programs of each problem in a request; besides, each problem is sent with one program alone."""
SETTLE_S = 0.3
"""After each request: what the API does behind the answer."""
IDLE_S = 5
SCANNED_ITEMS = 20_000
QUANTILES = 20
Counts = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"write the costs to {RECORDED.name}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all shapes (default 5)")
    options = parser.parse_args()
    facts = report.announce("Costs of a stack")
    costs = {
        "machine": facts,
        "problems": PROBLEMS,
        **_measure(scale_requests.make(PROBLEMS), options.rounds),
    }
    costs["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    _print(costs)
    if options.record:
        RECORDED.write_text(json.dumps(_rounded(costs), indent=1) + "\n", encoding="utf-8")


def _measure(maker: RequestMaker, rounds: int) -> dict[str, Any]:
    with (
        LocalStack(workers=1, settings={"EXECUTOR_ENVIRONMENTS": '{"base": {}}'}) as stack,
        httpx2.Client(base_url=stack.url) as http,
    ):
        assert stack.redis is not None
        assert stack.redis.pid is not None
        assert stack.api is not None
        redis = Redis.from_url(stack.redis.url)
        scale_requests.send(http, maker.body(PROBLEMS, 4))  # every process is warm
        time.sleep(SETTLE_S)
        clocks = {
            "api_cpu_s": CpuClock(stack.api.pid),
            "redis_cpu_s": CpuClock(stack.redis.pid),
            "worker_cpu_s": CpuClock(stack.workers[0].pid),
        }

        def counts() -> Counts:
            read = {name: clock.read_s() for name, clock in clocks.items()}
            return {**read, "client_cpu_s": time.process_time(), **_redis_counts(redis)}

        idle = _per_second(counts)
        rows = [row for _ in range(rounds) for row in _one_round(http, maker, counts, idle)]
        return {
            "per": _fit(rows),
            "idle_per_s": idle,
            "scan": _scan(redis, clocks["redis_cpu_s"]),
            "run_quantiles": _run_quantiles(http, maker),
        }


def _redis_counts(redis: Redis) -> Counts:
    stats: Any = redis.info("stats")
    return {
        "redis_commands": stats["total_commands_processed"],
        "redis_reads": stats["total_reads_processed"],
        "redis_bytes_in": stats["total_net_input_bytes"],
        "redis_bytes_out": stats["total_net_output_bytes"],
    }


def _per_second(counts: Callable[[], Counts]) -> Counts:
    """Return what an idle stack costs in a second."""
    before = counts()
    time.sleep(IDLE_S)
    return {name: (value - before[name]) / IDLE_S for name, value in counts().items()}


def _one_round(
    http: httpx2.Client, maker: RequestMaker, counts: Callable[[], Counts], idle: Counts
) -> list[dict[str, Any]]:
    """Return for each shape how many requests, chunks and programs were sent and what they cost."""
    rows = []
    for samples in (1, *SAMPLES):
        problems = [1] * PROBLEMS if samples == 1 else [PROBLEMS]
        bodies = [maker.body(count, samples) for count in problems]
        before, began_at = counts(), time.monotonic()
        answers = [scale_requests.send(http, body) for body in bodies]
        time.sleep(SETTLE_S)
        took_s = time.monotonic() - began_at
        cost = {name: value - before[name] - idle[name] * took_s for name, value in counts().items()}
        cost["http_bytes_in"] = sum(answer.bytes_sent for answer in answers)
        cost["http_bytes_out"] = sum(answer.bytes_received for answer in answers)
        sizes = [chunk_sizes(count, samples, workers=1) for count in problems]
        sent = {"requests": len(bodies), "chunks": sum(map(len, sizes)), "programs": sum(map(sum, sizes))}
        rows.append({"sent": sent, "cost": cost})
    return rows


def chunk_sizes(problems: int, samples: int, workers: int, backlog: Backlog = NO_BACKLOG) -> list[int]:
    """Return the sizes of the chunks that a request of ``samples`` programs of each problem is cut into."""
    units: Any = [_Unit(problem) for problem in range(problems) for _ in range(samples)]
    max_chunk = ExecutorSettings.model_fields["max_chunk"].default
    return [len(chunk.units) for chunk in make_chunks(units, workers, max_chunk, backlog)]


class _Unit:
    """What ``make_chunks`` reads of a unit."""

    def __init__(self, suite: int) -> None:
        self.suite = suite


def _fit(rows: Sequence[Mapping[str, Any]]) -> dict[str, Counts]:
    """Return per quantity the cost of a request, a chunk and a program, none negative, that fit the rows best.

    Rows count equally, whatever the number of their programs.
    """
    kinds = ("requests", "chunks", "programs")
    sent = np.array([[row["sent"][kind] for kind in kinds] for row in rows], dtype=float)
    fitted = {}
    for name in rows[0]["cost"]:
        cost = np.array([row["cost"][name] for row in rows])
        fitted[name] = dict(zip(("request", "chunk", "program"), _non_negative(sent, cost), strict=True))
    return fitted


def _non_negative(sent: Any, cost: Any) -> list[float]:  # noqa: ANN401 - arrays
    scale = sent[:, 2:]
    used = [0, 1, 2]
    while True:
        values = np.linalg.lstsq(sent[:, used] / scale, cost / scale[:, 0], rcond=None)[0]
        if min(values) >= 0:
            return [float(values[used.index(at)]) if at in used else 0.0 for at in range(3)]
        used.remove(used[int(np.argmin(values))])


def _scan(redis: Redis, redis_clock: CpuClock) -> Counts:
    """Return what reading the ids of a queue costs for each id: in Redis, and in an API process that reads them."""
    name, execution = "scale:items", uuid4().hex
    redis.rpush(name, *(item_id(execution, number, 16) for number in range(SCANNED_ITEMS)))
    costs = []
    for _ in range(10):
        redis_s, own_s = redis_clock.read_s(), time.thread_time()
        items: Any = redis.lrange(name, 0, -1)
        _ = {item.decode() for item in items}
        costs.append((redis_clock.read_s() - redis_s, time.thread_time() - own_s))
    redis.delete(name)
    redis_s, api_s = (statistics.median(column) / SCANNED_ITEMS for column in zip(*costs, strict=True))
    return {"redis_cpu_s": redis_s, "api_cpu_s": api_s}


def _run_quantiles(http: httpx2.Client, maker: RequestMaker) -> list[float]:
    """Return means of equal parts of the programs' times in the worker, in order; their mean is 1."""
    runs = sorted(scale_requests.send(http, maker.body(PROBLEMS, 40)).run_s)
    step = len(runs) // QUANTILES
    means = [statistics.mean(runs[at * step : (at + 1) * step]) for at in range(QUANTILES)]
    return [mean / statistics.mean(means) for mean in means]


def _print(costs: Mapping[str, Any]) -> None:
    print(f"{'':>16} {'request':>12} {'chunk':>12} {'program':>12} {'idle, a second':>15}")
    for name, per in costs["per"].items():
        scale, unit = (1e3, "ms") if name.endswith("_s") else (1, "")
        values = [per[kind] for kind in ("request", "chunk", "program")]
        if name in costs["idle_per_s"]:
            values.append(costs["idle_per_s"][name])
        print(f"{name:>16} " + " ".join(f"{scale * value:>12.3f}" for value in values), unit)
    scan = costs["scan"]
    print(
        f"reading an id of the queue: Redis {scan['redis_cpu_s'] * 1e6:.2f} µs, API {scan['api_cpu_s'] * 1e6:.2f} µs"
    )


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
