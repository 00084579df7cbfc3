"""Measures whether the reward model's service stays responsive while 256 clients send single samples, as verl does.

    python -m benchmarks.rm_latency [--help]

Samples come in groups of 16 that share a prompt. Every client has its own connection and sends its next sample when it
has an answer. Every 20 ms, first on the idle service and then under load, another process than that of the clients
sends ``GET /healthz``. The ratio of the two latencies is the cost of the load, including the CPU time that the clients
take from the same cores. The exit status is 1 if any request failed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx2

from benchmarks import report, rm_service

GROUP = 16
"""Samples that share a prompt."""
PROBE_EVERY_S = 0.02
_WARM_UP = 50  # probes that do not count, in which connections open and code is loaded
# some 350 tokens: a short question of a data set
_QUESTION = "Double what is given, and say why it is so. " * 8
_CLIENTS_OPTION = "--ask"


def main() -> int:
    options = _options()
    if options.ask:
        print(json.dumps(asyncio.run(_run_clients(options.ask, options.clients, options.samples))))
        return 0
    facts = report.announce("Reward-model service under single samples")
    with rm_service.served() as url:
        idle, failed_idle = asyncio.run(_probe(url, lambda sent: sent < _WARM_UP + options.probes))
        command = [sys.executable, "-m", "benchmarks.rm_latency", _CLIENTS_OPTION, url]
        command += ["--clients", str(options.clients), "--samples", str(options.samples)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as clients:
            busy, failed_busy = asyncio.run(_probe(url, lambda _: clients.poll() is None))
            assert clients.stdout is not None
            client_numbers = json.loads(clients.stdout.read())
        metrics = rm_service.metrics(url)
    healthz = {"idle": _quantiles(idle[_WARM_UP:]), "under load": _quantiles(busy)}
    numbers = client_numbers | _batching(metrics) | {"failed_healthz": failed_idle + failed_busy}
    _print(healthz, numbers)
    report.save("rm_latency", {"machine": facts, "clients": options.clients, "healthz": healthz, **numbers})
    return int(bool(numbers["failed"] or numbers["failed_healthz"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=256, help="clients at a time (default 256)")
    parser.add_argument("--samples", type=int, default=2048, help="samples of all clients (default 2048)")
    parser.add_argument("--probes", type=int, default=250, help="probes of the idle service (default 250)")
    parser.add_argument(_CLIENTS_OPTION, metavar="URL", help=argparse.SUPPRESS)  # runs the clients only
    return parser.parse_args()


def _client(url: str) -> httpx2.AsyncClient:
    """A client that does not load certificates, as loading them takes longer than a request."""
    return httpx2.AsyncClient(base_url=url, timeout=150, trust_env=False, verify=False)


async def _probe(url: str, is_running: Callable[[int], bool]) -> tuple[list[float], int]:
    """Send ``GET /healthz`` at every tick, without waiting for earlier answers, while ``is_running(number sent)``.

    Returns the seconds of each answer, and the number of requests that failed.
    """
    latencies_s: list[float] = []
    failed = 0

    async def send(http: httpx2.AsyncClient) -> None:
        nonlocal failed
        start = time.perf_counter()
        try:
            (await http.get("/healthz")).raise_for_status()
        except httpx2.HTTPError:
            failed += 1
        else:
            latencies_s.append(time.perf_counter() - start)

    async with _client(url) as http, asyncio.TaskGroup() as tasks:
        sent, start = 0, time.perf_counter()
        while is_running(sent):
            tasks.create_task(send(http))
            sent += 1
            await asyncio.sleep(max(start + sent * PROBE_EVERY_S - time.perf_counter(), 0))
    return latencies_s, failed


async def _run_clients(url: str, clients: int, samples: int) -> dict[str, Any]:
    """Run all clients, each of which sends sample after sample; return counts and latencies."""
    latencies_s: list[float] = []
    grouped = 0
    numbers = iter(range(samples))

    async def run_client() -> None:
        nonlocal grouped
        async with _client(url) as http:
            for number in numbers:
                start = time.perf_counter()
                response = await http.post("/classify", json={"text": _sample(number)})
                if response.status_code == 200:
                    latencies_s.append(time.perf_counter() - start)
                    # SGLang's form of /classify reports the tokens that were shared with other samples.
                    grouped += response.json()["meta_info"]["cached_tokens"] > 0

    start = time.perf_counter()
    results = await asyncio.gather(*(run_client() for _ in range(clients)), return_exceptions=True)
    wall_s = time.perf_counter() - start
    failures = [repr(result) for result in results if isinstance(result, BaseException)]
    return {
        "samples": samples,
        "failed": samples - len(latencies_s),
        "failures": failures[:3],
        "samples_per_s": len(latencies_s) / wall_s,
        "sample": _quantiles(latencies_s),
        "grouped": grouped / samples,
    }


def _sample(number: int) -> str:
    """A sample as a trainer renders it; samples of a group have successive numbers."""
    group = number // GROUP
    return f"<user>Problem {group}: {_QUESTION}<end><assistant>def f(x): return {number} + x<end>"


def _quantiles(latencies_s: list[float]) -> dict[str, float]:
    if not latencies_s:
        raise SystemExit("no request was answered")
    quantiles = {f"p{100 * q:g}_ms": 1000 * report.quantile(latencies_s, q) for q in (0.5, 0.99)}
    return {"n": len(latencies_s), **quantiles, "max_ms": 1000 * max(latencies_s)}


def _batching(metrics: dict[str, float]) -> dict[str, float]:
    shared, computed = (metrics[f'rm_tokens_total{{kind="{kind}"}}'] for kind in ("shared", "computed"))
    size = metrics["rm_batch_candidates_sum"] / metrics["rm_batch_candidates_count"]
    return {"tokens_saved": shared / (shared + computed), "batch": size}


def _print(healthz: dict[str, dict[str, float]], numbers: dict[str, Any]) -> None:
    shown = ("p50_ms", "p99_ms", "max_ms")
    for name, row in healthz.items():
        latencies = ", ".join(f"{q.removesuffix('_ms')} {row[q]:.1f} ms" for q in shown)
        print(f"/healthz {name:>10}: {latencies} ({row['n']:.0f} requests)")
    idle, busy = healthz.values()
    ratios = ", ".join(f"{q.removesuffix('_ms')} {busy[q] / idle[q]:.1f}" for q in shown)
    print(f"under load / idle: {ratios}")
    print(
        f"{numbers['samples']} samples: {numbers['samples_per_s']:.0f}/s, p50 {numbers['sample']['p50_ms']:.0f} "
        f"ms, p99 {numbers['sample']['p99_ms']:.0f} ms; {numbers['grouped']:.1%} computed with others of their prompt, "
        f"{numbers['tokens_saved']:.1%} of tokens saved, {numbers['batch']:.0f} samples per batch; "
        f"{numbers['failed']} samples and {numbers['failed_healthz']} requests of /healthz failed"
    )


if __name__ == "__main__":
    sys.exit(main())
