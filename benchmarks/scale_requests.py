"""Makes and sends the requests of the measurements of scale: new programs of HumanEval, many of each problem."""

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from benchmarks import report, workload
from benchmarks.workload import Program

PER_PROBLEM = 20
"""Different programs of each problem; more are made by a comment at the end."""
TIMEOUT_S = 400
"""Longest wait for an answer, above the deadline of a request (300 s)."""


@dataclass(slots=True)
class Answer:
    """What one request came to."""

    took_s: float
    wait_s: list[float]
    """Of each program: from the arrival of the request to its result, without its own time in the worker."""
    run_s: list[float]
    bytes_sent: int
    bytes_received: int


@dataclass(slots=True)
class RequestMaker:
    """Makes requests of programs that no other request has."""

    by_suite: list[list[Program]]
    _serial: "itertools.count[int]" = field(default_factory=itertools.count)

    def body(self, problems: int, samples: int) -> bytes:
        """Return a request: so many programs of each of so many problems."""
        groups = self.by_suite[:problems]
        programs = [(group[0].suite, group[at % len(group)]) for group in groups for at in range(samples)]
        return json.dumps(
            {
                "suites": [group[0].suite.model_dump(mode="json", exclude_defaults=True) for group in groups],
                "candidates": [
                    {"suite": suite.id, "program": f"{program.source}\n# {next(self._serial)}"}
                    for suite, program in programs
                ],
            }
        ).encode()


def make(problems: int) -> RequestMaker:
    """Return a maker of requests with up to so many problems, evenly chosen, without slow programs."""
    name, programs = workload.mixed(workload.default_path(None), PER_PROBLEM)
    programs, _ = workload.without_slow(programs, report.cores())
    groups: dict[str, list[Program]] = {}
    for program in programs:
        groups.setdefault(program.suite.id, []).append(program)
    every = list(groups.values())
    if len(every) < problems:
        raise SystemExit(f"{name} has {len(every)} problems, {problems} are needed: set ACECODER_DATA")
    return RequestMaker(every[:: len(every) // problems][:problems])


def read(body: bytes, response: httpx2.Response, took_s: float) -> Answer:
    """Return what an answer contains.

    Raises:
        RuntimeError: a program has no verdict, so that the measurement is worth nothing.
    """
    response.raise_for_status()
    results: Sequence[dict[str, object]] = response.json()["results"]
    without = [result for result in results if result["status"] != "judged"]
    if without:
        raise RuntimeError(
            f"{len(without)} of {len(results)} programs have no verdict, the first: {without[0]}"
        )
    waits, runs = ([float(str(result.get(name, 0.0))) for result in results] for name in ("wait_s", "run_s"))
    return Answer(took_s, waits, runs, len(body), len(response.content))


def send(http: httpx2.Client, body: bytes) -> Answer:
    """Send one request and read its answer."""
    began_at = time.perf_counter()
    response = http.post("/v1/executions", content=body, headers=HEADERS, timeout=TIMEOUT_S)
    return read(body, response, time.perf_counter() - began_at)


HEADERS = {"content-type": "application/json", "accept": "application/json"}
