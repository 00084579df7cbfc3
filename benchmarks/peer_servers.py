"""Sends programs to other executors as their users do: all tests of a program at once, one verdict back.

Each class speaks to a running server; none starts one. A verdict is ``True`` (all tests pass), ``False``, or ``None``:
the server gave no verdict, because it failed or said so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import anyio
import httpx2

from benchmarks.workload import Program
from clients import AsyncExecutor, RewardKind, RewardPolicy, Status

Verdict = bool | None
_SECOND_NS = 10**9
_MEBIBYTE = 2**20


class PeerServer(Protocol):
    """One executor service."""

    async def judge(self, programs: Sequence[Program], at_once: int) -> list[Verdict]:
        """Return the verdict of every program, in order; ``at_once`` requests are in flight."""


def script(program: Program) -> str:
    """Return program, setup and tests as one script: its exit status 0 means that all tests pass."""
    source, setup, tests = program.job()
    return "\n".join([source, setup, *tests]) + "\n"


class ThisProject:
    """The executor of this project: one request for all programs, whatever ``at_once`` is."""

    def __init__(self, url: str, limit_s: float) -> None:
        self._url = url
        self._limit_s = limit_s

    async def judge(self, programs: Sequence[Program], at_once: int) -> list[Verdict]:  # noqa: ARG002
        """Return verdicts; see ``PeerServer.judge``."""
        async with AsyncExecutor(self._url) as executor:
            response = await executor.execute(
                [program.candidate() for program in programs],
                list({program.suite.id: program.suite for program in programs}.values()),
                cache=False,
                reward=RewardPolicy(kind=RewardKind.BINARY),
                limits={"cpu_s": self._limit_s},
            )
        return [
            result.pass_rate == 1.0 if result.status is Status.JUDGED else None for result in response.results
        ]


class _OneByOne:
    """A server that gets one program per request."""

    path = ""

    def __init__(self, url: str, limit_s: float) -> None:
        self._url = url.rstrip("/")
        self._limit_s = limit_s

    async def judge(self, programs: Sequence[Program], at_once: int) -> list[Verdict]:
        """Return verdicts; see ``PeerServer.judge``."""
        verdicts: list[Verdict] = [None] * len(programs)
        gate = anyio.Semaphore(at_once)
        connections = httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        async with (
            httpx2.AsyncClient(timeout=600, limits=connections) as client,
            anyio.create_task_group() as tasks,
        ):

            async def send(at: int, program: Program) -> None:
                async with gate:
                    verdicts[at] = await self._verdict(client, program)

            for at, program in enumerate(programs):
                tasks.start_soon(send, at, program)
        return verdicts

    async def _verdict(self, client: httpx2.AsyncClient, program: Program) -> Verdict:
        try:
            answer = await client.post(self._url + self.path, json=self.body(program))
            answer.raise_for_status()
            return self.read(answer.json())
        except (httpx2.HTTPError, KeyError, ValueError, TypeError):
            return None

    def body(self, program: Program) -> Mapping[str, Any]:
        """Return the request that judges one program."""
        raise NotImplementedError

    def read(self, answer: Any) -> Verdict:  # noqa: ANN401 - JSON
        """Return the verdict in an answer."""
        raise NotImplementedError


class SandboxFusion(_OneByOne):
    """SandboxFusion, and servers with its API: ``POST /run_code``."""

    path = "/run_code"

    def body(self, program: Program) -> Mapping[str, Any]:
        """Return the request that judges one program."""
        return {"code": script(program), "language": "python", "run_timeout": self._limit_s}

    def read(self, answer: Any) -> Verdict:  # noqa: ANN401 - JSON
        """Return the verdict in an answer."""
        return None if answer["status"] == "SandboxError" else answer["status"] == "Success"


class ScaleBox(_OneByOne):
    """ScaleBox: ``POST /common_evaluate_batch`` with tests of the kind ``assert``."""

    path = "/common_evaluate_batch"

    def body(self, program: Program) -> Mapping[str, Any]:
        """Return the request that judges one program."""
        source, setup, tests = program.job()
        asserts = "\n".join([setup, *tests])
        check = f"def check(candidate):\n    exec({asserts!r}, globals())\n"
        return {
            "completion": f"```python\n{source}\n```",
            "config": {
                "language": "python",
                "run_timeout": self._limit_s,
                "provided_data": {
                    "test_cases": {
                        "type": "assert",
                        "test": check,
                        "entry_point": program.suite.entry_point or "print",
                    }
                },
            },
        }

    def read(self, answer: Any) -> Verdict:  # noqa: ANN401 - JSON
        """Return the verdict in an answer."""
        statuses = {test["exec_info"]["status"] for test in answer["tests"]}
        return None if "SandboxError" in statuses else bool(answer["accepted"])


class GoJudge(_OneByOne):
    """go-judge: ``POST /run`` with one command. ``python3`` must be in its containers."""

    path = "/run"

    def body(self, program: Program) -> Mapping[str, Any]:
        """Return the request that judges one program. The clock stops a program that sleeps, at twice its CPU limit."""
        command = {
            "args": ["/usr/bin/env", "python3", "-I", "main.py"],
            "env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
            "files": [{"content": ""}, {"name": "stdout", "max": 10_240}, {"name": "stderr", "max": 10_240}],
            "cpuLimit": int(self._limit_s * _SECOND_NS),
            "clockLimit": int(2 * self._limit_s * _SECOND_NS),
            "memoryLimit": 1024 * _MEBIBYTE,
            "procLimit": 50,
            "copyIn": {"main.py": {"content": script(program)}},
        }
        return {"cmd": [command]}

    def read(self, answer: Any) -> Verdict:  # noqa: ANN401 - JSON
        """Return the verdict in an answer."""
        status = answer[0]["status"]
        return None if status in {"Internal Error", "File Error"} else status == "Accepted"


class CodeJudge:
    """code-judge: ``POST /judge/long-batch``, all programs in one request. Its time limit is that of the server."""

    def __init__(self, url: str, limit_s: float) -> None:  # noqa: ARG002 - the server has one limit for all
        self._url = url.rstrip("/")

    async def judge(self, programs: Sequence[Program], at_once: int) -> list[Verdict]:  # noqa: ARG002
        """Return verdicts; see ``PeerServer.judge``."""
        rows = [{"type": "python", "solution": script(program), "input": ""} for program in programs]
        async with httpx2.AsyncClient(timeout=3600) as client:
            try:
                answer = await client.post(
                    self._url + "/judge/long-batch", json={"type": "batch", "submissions": rows}
                )
                answer.raise_for_status()
                results = answer.json()["results"]
            except (httpx2.HTTPError, KeyError, ValueError):
                return [None] * len(programs)
        no_verdict = {"internal_error", "queue_timeout", "invalid_input"}
        return [None if result["reason"] in no_verdict else bool(result["success"]) for result in results]


SERVERS: Mapping[str, type[SandboxFusion | ScaleBox | GoJudge | CodeJudge]] = {
    "sandbox-fusion": SandboxFusion,
    "scalebox": ScaleBox,
    "go-judge": GoJudge,
    "code-judge": CodeJudge,
}
"""Option of ``benchmarks.peers`` → what speaks to such a server."""
