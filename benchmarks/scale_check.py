"""Compares predictions of the simulation with a real stack on this machine, for several numbers of workers and clients.

The prediction gets the cores that other work on the machine left meanwhile. ``python -m benchmarks.scale_simulation
--check`` runs it.
"""

import os
import statistics
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import report, scale_requests
from benchmarks.cpu_clocks import CpuClock
from benchmarks.scale_costs import chunk_sizes
from benchmarks.scale_model import RequestShape, StackModel, StackShape
from benchmarks.scale_requests import Answer, RequestMaker
from services.executor.local.stack import LocalStack
from services.executor.planning.plan import NO_BACKLOG

CHECK_PROBLEMS, CHECK_SAMPLES = 8, 16
CHECKED = ((1, 1), (1, 4), (1, 16), (2, 1), (2, 4), (2, 16))
"""Workers and clients of the runs that are compared."""
SIMULATED_S, WARM_UP_S = 60.0, 10.0
Row = dict[str, Any]


def run(costs: Mapping[str, Any], seconds: float) -> list[Row]:
    """Run the stacks, each load for so many seconds; print and return what was predicted and measured."""
    maker = scale_requests.make(CHECK_PROBLEMS)
    rows = []
    for workers in sorted({workers for workers, _ in CHECKED}):
        with LocalStack(workers=workers, settings={"EXECUTOR_ENVIRONMENTS": '{"base": {}}'}) as stack:
            with httpx2.Client(base_url=stack.url) as http:
                scale_requests.send(http, maker.body(CHECK_PROBLEMS, CHECK_SAMPLES))
            for clients in [clients for count, clients in CHECKED if count == workers]:
                rows.append(_compare(costs, stack.url, maker, workers, clients, seconds))
                _print_compared(rows[-1])
    ratios = [row["predicted"]["programs_per_s"] / row["measured"]["programs_per_s"] for row in rows]
    print(f"predicted/measured programs/s: {report.spread(ratios, 2)} (min / median / max)")
    return rows


def _compare(
    costs: Mapping[str, Any], url: str, maker: RequestMaker, workers: int, clients: int, seconds: float
) -> Row:
    before, began_at = _busy_s(), time.monotonic()
    own = CpuClock(os.getpid())  # with the stack, whose processes are children
    answers = _run_clients(url, maker, clients, seconds)
    own_s, took_s = own.read_s(), time.monotonic() - began_at
    own.close()
    taken_cores = max((_busy_s() - before - own_s) / took_s, 0.0)
    shape = StackShape(workers, cores=report.cores(), taken_cores=taken_cores)
    cut = partial(chunk_sizes, CHECK_PROBLEMS, CHECK_SAMPLES, workers)
    load = RequestShape(cut(NO_BACKLOG), clients, cut=cut)
    predicted = StackModel(costs, shape, load).run(SIMULATED_S, WARM_UP_S)
    counted = [answer for at, answer in answers if at >= began_at + seconds / 4]
    measured = sum(len(answer.run_s) for answer in counted) / (seconds * 3 / 4)
    return {
        "workers": workers,
        "clients": clients,
        "taken_cores": taken_cores,
        "predicted": {
            "programs_per_s": predicted.programs_per_s,
            "wait_s": statistics.median(predicted.result_wait_s),
            "request_s": statistics.median(predicted.request_s),
        },
        "measured": {
            "programs_per_s": measured,
            "wait_s": statistics.median(wait for answer in counted for wait in answer.wait_s),
            "request_s": statistics.median(answer.took_s for answer in counted),
        },
    }


def _busy_s() -> float:
    """Return the CPU time that all processes of this machine have used."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, *more = (int(field) / os.sysconf("SC_CLK_TCK") for field in fields)
    return user + nice + system + sum(more[:3])  # interrupts, and what the host took


def _run_clients(url: str, maker: RequestMaker, clients: int, seconds: float) -> list[tuple[float, Answer]]:
    """Return when each answer came, for clients that send one request after another for so many seconds."""
    ends_at = time.monotonic() + seconds
    answers: list[tuple[float, Answer]] = []

    def client() -> None:
        with httpx2.Client(base_url=url) as http:
            while time.monotonic() < ends_at:
                answer = scale_requests.send(http, maker.body(CHECK_PROBLEMS, CHECK_SAMPLES))
                if time.monotonic() <= ends_at:
                    answers.append((time.monotonic(), answer))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _print_compared(row: Row) -> None:
    parts = [
        f"{name} {row['predicted'][name]:.2f} predicted, {row['measured'][name]:.2f} measured, "
        f"ratio {row['predicted'][name] / row['measured'][name]:.2f}"
        for name in row["predicted"]
    ]
    print(
        f"{row['workers']} workers, {row['clients']:2d} clients, other work on {row['taken_cores']:.2f} cores: "
        + "; ".join(parts),
        flush=True,
    )
