"""Clients of the load test: they send requests at their own pace, retry what is refused, and check every verdict."""

import asyncio
import json
import math
import time
from dataclasses import dataclass, field

import httpx2

REFUSALS = (429, 503)
HEADERS = {"accept": "application/json"}


@dataclass
class Tally:
    """What the requests of one kind came to."""

    accepted: int = 0
    """Candidates of requests that were answered by status 200."""
    judged: int = 0
    wrong: int = 0
    missing: int = 0
    """Candidates without a result in an answer of status 200."""
    unscorable: dict[str, int] = field(default_factory=dict)
    """Candidates without a verdict, by reason."""
    refusals: dict[str, int] = field(default_factory=dict)
    """Refused requests, by status and kind of error."""
    without_retry_after: int = 0
    """Refusals that do not name the time to come back."""
    errors: dict[str, int] = field(default_factory=dict)
    """Other answers, and connections that broke: none is expected."""
    took_s: list[float] = field(default_factory=list)
    """Of each request that was answered: from its first attempt to the answer."""
    waited_s: list[float] = field(default_factory=list)
    """The same, from the attempt that was accepted."""


def request(mark: str, count: int, **options: object) -> dict[str, object]:
    """Return a request of new programs, right and wrong in turn."""
    programs = [
        f"def f(x):\n    total = 0\n    for n in range(2000):\n        total += n % 7\n"
        f"    return x + {1 if n % 2 else 2}  # {mark} {n}\n"
        for n in range(count)
    ]
    return {
        "suites": [{"id": "s", "asserts": [f"assert f({n}) == {n + 1}" for n in range(5)]}],
        "candidates": [{"suite": "s", "program": program} for program in programs],
        **options,
    }


async def send(
    http: httpx2.AsyncClient, body: dict[str, object], tally: Tally, key: str, ends_at: float = math.inf
) -> None:
    """Send one request until it is accepted, and check its answer; give up what is refused at ``ends_at``."""
    content = json.dumps(body).encode()
    began_at = time.monotonic()
    while True:
        sent_at = time.monotonic()
        try:
            response = await http.post(
                "/v1/executions",
                content=content,
                headers={**HEADERS, "content-type": "application/json", "authorization": f"Bearer {key}"},
            )
        except httpx2.HTTPError as error:
            _count(tally.errors, type(error).__name__)
            await asyncio.sleep(1)
            continue
        if response.status_code == 200:
            now = time.monotonic()
            tally.took_s.append(now - began_at)
            tally.waited_s.append(now - sent_at)
            _check(response.json()["results"], len(body["candidates"]), tally)  # type: ignore[arg-type]
            return
        pause_s = _pause_s(response, tally)
        if time.monotonic() + pause_s > ends_at:
            return
        await asyncio.sleep(pause_s)


def _pause_s(response: httpx2.Response, tally: Tally) -> float:
    if response.status_code not in REFUSALS:
        _count(tally.errors, f"status {response.status_code}")
        return 1
    _count(tally.refusals, f"{response.status_code} {response.json()['type'].rpartition('/')[2]}")
    if "retry-after" not in response.headers:
        tally.without_retry_after += 1
        return 1
    return float(response.headers["retry-after"])


def _check(results: list[dict[str, object]], count: int, tally: Tally) -> None:
    """Count the results: every candidate has one, and those with an odd index are right."""
    tally.accepted += count
    tally.missing += count - len({result["index"] for result in results})
    for result in results:
        if result["status"] != "judged":
            _count(tally.unscorable, str(result["reason"]))
        elif result["pass_rate"] != float(int(str(result["index"])) % 2):
            tally.wrong += 1
        else:
            tally.judged += 1


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
