"""Whether the reward model's service stays awake while 256 clients ask for one sample each, as verl asks.

    python -m benchmarks.rm_latency [--help]

Samples in groups of 16 that share a prompt; every client has a connection of its own and asks for its next sample when
it has an answer. Meanwhile, and before on the idle service, ``GET /healthz`` every 20 ms, from another process than the
clients'. The ratio of the two is what the load costs, together with what the clients take of the same cores. The exit
status is 1 if anything failed.
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
EVERY_S = 0.02
_WARM_UP = 50  # of /healthz: connections open, code paged in
_QUESTION = (
    "Double what is given, and say why it is so. " * 8
)  # some 350 tokens, a short question of a data set
_ASKED = "--ask"


def main() -> int:
    options = _options()
    if options.ask:
        print(json.dumps(asyncio.run(_ask_all(options.ask, options.clients, options.samples))))
        return 0
    facts = report.announce("Reward-model service under single samples")
    with rm_service.served() as url:
        idle, lost_idle = asyncio.run(_watch(url, lambda seen: seen < _WARM_UP + options.probes))
        command = [sys.executable, "-m", "benchmarks.rm_latency", _ASKED, url]
        command += ["--clients", str(options.clients), "--samples", str(options.samples)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as asking:
            busy, lost_busy = asyncio.run(_watch(url, lambda _: asking.poll() is None))
            assert asking.stdout is not None
            asked = json.loads(asking.stdout.read())
        counted = rm_service.metrics(url)
    healthz = {"idle": _quantiles(idle[_WARM_UP:]), "under load": _quantiles(busy)}
    numbers = asked | _saved(counted) | {"failed_healthz": lost_idle + lost_busy}
    _print(healthz, numbers)
    report.save("rm_latency", {"machine": facts, "clients": options.clients, "healthz": healthz, **numbers})
    return int(bool(numbers["failed"] or numbers["failed_healthz"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=256, help="at once (default 256)")
    parser.add_argument("--samples", type=int, default=2048, help="of all clients together (default 2048)")
    parser.add_argument("--probes", type=int, default=250, help="of the idle service (default 250)")
    parser.add_argument(_ASKED, metavar="URL", help=argparse.SUPPRESS)  # the clients' own process
    return parser.parse_args()


def _client(url: str) -> httpx2.AsyncClient:
    """One that reads no certificates: that takes longer than a request."""
    return httpx2.AsyncClient(base_url=url, timeout=150, trust_env=False, verify=False)


async def _watch(url: str, wanted: Callable[[int], bool]) -> tuple[list[float], int]:
    """Ask ``/healthz`` at every tick, late answers or not; return each answer's seconds, and how many failed."""
    took: list[float] = []
    lost = 0

    async def one(http: httpx2.AsyncClient) -> None:
        nonlocal lost
        start = time.perf_counter()
        try:
            (await http.get("/healthz")).raise_for_status()
        except httpx2.HTTPError:
            lost += 1
        else:
            took.append(time.perf_counter() - start)

    async with _client(url) as http, asyncio.TaskGroup() as tasks:
        seen, begin = 0, time.perf_counter()
        while wanted(seen):
            tasks.create_task(one(http))
            seen += 1
            await asyncio.sleep(max(begin + seen * EVERY_S - time.perf_counter(), 0))
    return took, lost


async def _ask_all(url: str, clients: int, samples: int) -> dict[str, Any]:
    """Every client asks for sample after sample; return what became of them."""
    took: list[float] = []
    grouped = 0
    numbers = iter(range(samples))

    async def one() -> None:
        nonlocal grouped
        async with _client(url) as http:
            for number in numbers:
                # SGLang's form of /classify says how many tokens others had computed already.
                start = time.perf_counter()
                answer = await http.post("/classify", json={"text": _sample(number)})
                if answer.status_code == 200:
                    took.append(time.perf_counter() - start)
                    grouped += answer.json()["meta_info"]["cached_tokens"] > 0

    start = time.perf_counter()
    ended = await asyncio.gather(*(one() for _ in range(clients)), return_exceptions=True)
    wall_s = time.perf_counter() - start
    why = [repr(each) for each in ended if isinstance(each, BaseException)]
    return {
        "samples": samples,
        "failed": samples - len(took),
        "failures": why[:3],
        "samples_per_s": len(took) / wall_s,
        "sample": _quantiles(took),
        "grouped": grouped / samples,
    }


def _sample(number: int) -> str:
    """As a policy's trainer writes it out; the samples of a group follow each other."""
    group = number // GROUP
    return f"<user>Problem {group}: {_QUESTION}<end><assistant>def f(x): return {number} + x<end>"


def _quantiles(took_s: list[float]) -> dict[str, float]:
    if not took_s:
        raise SystemExit("nothing was answered")
    found = {f"p{100 * q:g}_ms": 1000 * report.quantile(took_s, q) for q in (0.5, 0.99)}
    return {"n": len(took_s), **found, "max_ms": 1000 * max(took_s)}


def _saved(counted: dict[str, float]) -> dict[str, float]:
    shared, computed = (counted[f'rm_tokens_total{{kind="{kind}"}}'] for kind in ("shared", "computed"))
    size = counted["rm_batch_candidates_sum"] / counted["rm_batch_candidates_count"]
    return {"tokens_saved": shared / (shared + computed), "batch": size}


def _print(healthz: dict[str, dict[str, float]], numbers: dict[str, Any]) -> None:
    shown = ("p50_ms", "p99_ms", "max_ms")
    for name, row in healthz.items():
        told = ", ".join(f"{q.removesuffix('_ms')} {row[q]:.1f} ms" for q in shown)
        print(f"/healthz {name:>10}: {told} ({row['n']:.0f} asked)")
    idle, busy = healthz.values()
    ratios = ", ".join(f"{q.removesuffix('_ms')} {busy[q] / idle[q]:.1f}" for q in shown)
    print(f"under load / idle: {ratios}")
    print(
        f"{numbers['samples']} samples: {numbers['samples_per_s']:.0f} a second, p50 {numbers['sample']['p50_ms']:.0f} "
        f"ms, p99 {numbers['sample']['p99_ms']:.0f} ms; {numbers['grouped']:.1%} computed with others of their prompt, "
        f"{numbers['tokens_saved']:.1%} of tokens saved, {numbers['batch']:.0f} in a batch; "
        f"{numbers['failed']} failed, {numbers['failed_healthz']} of /healthz"
    )


if __name__ == "__main__":
    sys.exit(main())
