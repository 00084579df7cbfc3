"""Measures the latency of one small request on an idle machine, beside a bare HTTP round trip.

    python -m benchmarks.latency [--help]

One client sends one request at a time: a new program of one function, with three asserts and the cache off. The
baseline is ``GET /healthz`` of the same service, sent after each request in the same run.
"""

import argparse
import asyncio
import time

import httpx2

from benchmarks import report
from clients import AsyncExecutor, Suite

TESTS = Suite(id="add", asserts=["assert add(1, 2) == 3", "assert add(0, 0) == 0", "assert add(-1, 1) == 0"])
_WARM_UP = 50  # requests that do not count, in which jails start and connections open


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=500, help="requests of each kind (default 500)")
    parser.add_argument("--workers", type=int, help="default: one per core")
    options = parser.parse_args()
    facts = report.announce("Latency")
    times = asyncio.run(_measure(options.requests, options.workers or report.cores()))
    numbers = {
        name: {f"p{q * 100:g}_ms": 1000 * report.quantile(values, q) for q in (0.5, 0.9, 0.99)}
        for name, values in times.items()
    }
    for name, row in numbers.items():
        print(f"{name:>10}: " + ", ".join(f"{q.removesuffix('_ms')} {ms:.1f} ms" for q, ms in row.items()))
    report.save("latency", {"machine": facts, "requests": options.requests, **numbers})


async def _measure(requests: int, workers: int) -> dict[str, list[float]]:
    from services.executor.local.stack import LocalStack

    execute_s: list[float] = []
    healthz_s: list[float] = []
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor, httpx2.AsyncClient(base_url=stack.url) as http:
            for number in range(_WARM_UP + requests):
                execute_s.append(await _execute(executor, number))
                healthz_s.append(await _healthz(http))
    return {"execute": execute_s[_WARM_UP:], "healthz": healthz_s[_WARM_UP:]}


async def _execute(executor: AsyncExecutor, number: int) -> float:
    program = f"def add(a, b):\n    return a + b  # {number}\n"
    start = time.perf_counter()
    response = await executor.execute([program], TESTS, cache=False)
    took_s = time.perf_counter() - start
    if response.results[0].pass_rate != 1.0:
        raise SystemExit(f"the verdict is wrong: {response.results[0]}")
    return took_s


async def _healthz(http: httpx2.AsyncClient) -> float:
    start = time.perf_counter()
    (await http.get("/healthz")).raise_for_status()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
