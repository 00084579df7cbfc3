"""Predicts what stacks of other sizes do, from the measured costs; compares predictions with a real stack.

    python -m benchmarks.scale_simulation [--check] [--plot docs/images/scale.svg]

Without options it prints the table for one to 500 worker cores. The last columns are for comparison: a stack that cuts
all requests as an idle one does, whatever waits. ``--check`` runs a real stack with 1 and 2 workers and several numbers
of clients on this machine, and prints predicted and measured numbers; the prediction gets the cores that other work
left meanwhile.
The model and what it leaves out are in ``benchmarks.scale_model``, its inputs in ``scale_costs.json`` (``python -m
benchmarks.scale_costs --record``).
"""

import argparse
import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import report, scale_check, scale_plot
from benchmarks.scale_costs import chunk_sizes
from benchmarks.scale_model import Prediction, RequestShape, StackModel, StackShape, recorded_costs
from services.executor.planning.plan import NO_BACKLOG, Backlog

PROBLEMS, SAMPLES = 64, 16
"""A request of the table: 1,024 programs, a part of a step of training."""
STEP_REQUESTS = 16
"""Requests of a step: 1,024 questions with 16 programs each."""
ROUND_TRIP_S = 0.00025
"""Between two machines of one network."""
WORKERS = (1, 2, 10, 20, 50, 100, 200, 500)
CURVE_WORKERS = (10, 20, 50, 100, 200, 500)
CURVES = ((1, 1), (4, 1), (16, 1), (16, 4))
"""API processes and Redis servers of the lines of the picture."""
BUSY = 0.7
"""Part of the time that an API process or a Redis may be busy: above, waits grow quickly."""
LOAD = 0.8
"""Part of the highest rate at which the wait in the queue is predicted."""
CHUNKS_PER_WORKER = 4
"""Chunks in progress for each worker at the highest rate, if requests are cut as for an idle stack."""
REQUESTS_AT_LOAD = 100
"""Requests in the simulated time at that rate, at least."""
SECONDS, WARM_UP_S = 5.0, 3.0
Row = dict[str, Any]
Cut = Callable[[Backlog], Sequence[int]]


def main() -> None:
    options = _options()
    facts = report.announce("Scale")
    costs = recorded_costs()
    if options.check:
        numbers: Row = {"machine": facts, "check": scale_check.run(costs, options.seconds)}
        numbers["load_after"] = round(os.getloadavg()[0], 2)
        report.save("scale_check", numbers)
        return
    rows = [_row(costs, workers) for workers in WORKERS]
    _print_table(rows)
    if options.plot:
        curves = {shape: _curve(costs, *shape) for shape in CURVES}
        options.plot.write_text(scale_plot.draw(curves, rows), encoding="utf-8")
    report.save("scale_simulation", {"costs_of": costs["machine"], "rows": rows})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare predictions with a real stack")
    parser.add_argument("--seconds", type=float, default=20, help="length of each real run (default 20)")
    parser.add_argument("--plot", type=Path, help="write the picture there (SVG)")
    return parser.parse_args()


# -- the table ---------------------------------------------------------------------------------------


def _cut(workers: int) -> Cut:
    """Return how a stack with so many workers cuts a request, by what waits before it."""
    return partial(chunk_sizes, PROBLEMS, SAMPLES, workers)


def _as_if_idle(workers: int) -> Cut:
    """Return the same without a look at what waits."""
    return lambda _: chunk_sizes(PROBLEMS, SAMPLES, workers)


def _whole() -> list[int]:
    """Return the chunks of a request if they were not cut smaller for more workers: one for each question."""
    return chunk_sizes(PROBLEMS, SAMPLES, 1)


def _shape(workers: int, apis: int, redis: int) -> StackShape:
    return StackShape(workers, apis, redis, round_trip_s=ROUND_TRIP_S)


def _load(cut: Cut, *, clients: int = 0, rate_per_s: float = 0.0) -> RequestShape:
    return RequestShape(cut(NO_BACKLOG), clients, rate_per_s, cut)


def _saturated(costs: Mapping[str, Any], shape: StackShape, cut: Cut) -> Prediction:
    """Return what the stack does when every worker always has work: some chunks for each of them are in progress."""
    chunks = len(cut(NO_BACKLOG))
    clients = max(math.ceil(CHUNKS_PER_WORKER * shape.workers / chunks), 2 * shape.apis)
    return StackModel(costs, shape, _load(cut, clients=clients)).run(SECONDS, WARM_UP_S)


def _curve(costs: Mapping[str, Any], apis: int, redis: int) -> list[tuple[int, float]]:
    return [
        (workers, _saturated(costs, _shape(workers, apis, redis), _cut(workers)).programs_per_s)
        for workers in CURVE_WORKERS
    ]


def _row(costs: Mapping[str, Any], workers: int) -> Row:
    """Return the predictions for so many workers: with one API process and one Redis, and with as many as it takes."""
    one, cut, shape = _shape(workers, 1, 1), _cut(workers), _sized(costs, workers, _whole())
    seen, highest = _saturated(costs, one, cut), _saturated(costs, shape, cut)
    shape_as_if_idle = _sized(costs, workers, cut(NO_BACKLOG))
    return {
        "workers": workers,
        "chunks": {"idle": statistics.mean(cut(NO_BACKLOG)), "saturated": highest.mean_chunk},
        "one": seen.programs_per_s,
        "one_busy": _busy(seen, one),
        "apis": shape.apis,
        "redis": shape.redis,
        "programs_per_s": highest.programs_per_s,
        **_details(costs, shape, cut, highest.programs_per_s),
        "as_if_idle": {
            "one": _saturated(costs, one, _as_if_idle(workers)).programs_per_s,
            "apis": shape_as_if_idle.apis,
            "redis": shape_as_if_idle.redis,
            "programs_per_s": _saturated(costs, shape_as_if_idle, _as_if_idle(workers)).programs_per_s,
        },
    }


def _sized(costs: Mapping[str, Any], workers: int, sizes: Sequence[int]) -> StackShape:
    """Return the stack whose API processes and Redis servers are busy ``BUSY`` of the time when all workers are."""

    def request_s(name: str) -> float:
        per = costs["per"][name]
        return float(per["request"] + per["chunk"] * len(sizes) + per["program"] * sum(sizes))

    rate_per_s = workers / request_s("worker_cpu_s")
    counts = [math.ceil(rate_per_s * request_s(name) / BUSY) for name in ("api_cpu_s", "redis_cpu_s")]
    return _shape(workers, *counts)


def _details(costs: Mapping[str, Any], shape: StackShape, cut: Cut, programs_per_s: float) -> Row:
    """Return the waits at a part of a rate, and the time of a step."""
    load = _load(cut, rate_per_s=LOAD * programs_per_s / (PROBLEMS * SAMPLES))
    seconds = max(SECONDS, REQUESTS_AT_LOAD / load.rate_per_s)
    at_load = StackModel(costs, shape, load).run(seconds, WARM_UP_S)
    return {
        "queue_s": {f"p{q * 100:g}": report.quantile(at_load.queue_s, q) for q in (0.5, 0.99)},
        "step_s": StackModel(costs, shape, _load(cut)).run_batch(STEP_REQUESTS),
    }


def _busy(seen: Prediction, shape: StackShape) -> dict[str, float]:
    counts = {"worker": shape.workers, "api": shape.apis, "redis": shape.redis}
    return {kind: seen.busy_s.get(kind, 0.0) / seen.seconds / count for kind, count in counts.items()}


def _print_table(rows: list[Row]) -> None:
    print(
        f"requests of {PROBLEMS} × {SAMPLES} programs; a step is {STEP_REQUESTS} of them at once; "
        f"wait at {LOAD:.0%} of the rate; the last three columns: all requests cut as for an idle stack\n"
        "| worker cores | programs in a chunk: idle, saturated | one API process, one Redis: programs/s "
        "| busy: workers, API, Redis | API processes, Redis servers | programs/s | wait in the queue, p50 and p99 "
        "| a step | one API process, one Redis: programs/s | API processes, Redis servers | programs/s |\n"
        + "|---" * 11
        + "|"
    )
    for row in rows:
        other = row["as_if_idle"]
        waits = " and ".join(f"{value:.2f} s" for value in row["queue_s"].values())
        print(
            f"| {row['workers']} | {row['chunks']['idle']:.1f}, {row['chunks']['saturated']:.1f} | {row['one']:,.0f} "
            f"| {_shares(row['one_busy'])} | {row['apis']}, {row['redis']} | {row['programs_per_s']:,.0f} | {waits} "
            f"| {row['step_s']:.1f} s | {other['one']:,.0f} | {other['apis']}, {other['redis']} "
            f"| {other['programs_per_s']:,.0f} |"
        )


def _shares(busy: Mapping[str, float]) -> str:
    return ", ".join(f"{min(value, 1):.0%}" for value in busy.values()).replace("%", " %")


if __name__ == "__main__":
    main()
