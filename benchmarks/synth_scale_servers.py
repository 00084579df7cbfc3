"""Serves what a run of ``benchmarks.synth_scale`` calls: a model that answers by shapes, and an executor that makes up
verdicts.

    python -m benchmarks.synth_scale_servers model 8393 ../shared/data/llm
    python -m benchmarks.synth_scale_servers executor 8394 ../shared/data/llm

The made-up executor runs nothing. A verdict is a function of the texts of program and test, so that equal requests get
equal answers, in the shares that follow. They are near those of real runs, and no result of a data set made with it
means anything.
"""

import argparse
import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

from benchmarks.synth_scale_replies import NAME, ShapedReplies, known_programs, read_shapes
from tests.support.replay.personalities import HttpAnswer, LlamaCpp
from tests.support.replay.recordings import Recordings
from tests.support.replay_llm import Faults, ReplayServer, _write

RIGHT_TESTS = 0.75
"""Share of tests whose value is right: so many that seven rows in ten get through the filter, as in the paper."""
RIGHT_PROGRAMS = 0.5
"""Share of written programs that pass every right test."""
SURVIVING_MUTANTS = 0.15
"""Share of other programs, which are mutants, that pass every right test."""
LUCKY = 0.35
"""Share of tests that a wrong program passes."""
WEAK_TESTS = 0.1
"""Share of tests that null programs pass."""
OBSERVED = 777_000
"""Values of new inputs are from here on; a test that expects one is right, as accepted programs agreed on it."""


class MadeUpExecutor(ReplayServer):
    """Answers ``POST /v1/executions``."""

    def __init__(self, programs: set[str]) -> None:
        super().__init__(Recordings([]), LlamaCpp("none"), Faults())
        self._programs = programs

    async def _respond(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if not path.endswith("/executions"):
            return await _write(writer, HttpAnswer(404, {}), "made-up")
        return await _write(writer, HttpAnswer(200, self._judge(json.loads(body))), "made-up")

    def _judge(self, request: dict[str, Any]) -> dict[str, Any]:
        (suite,) = request["suites"]
        tests = [json.dumps(test) for test in suite.get("asserts") or suite["io"]]
        is_observed = bool(suite.get("io"))
        weak = [at for at, test in enumerate(tests) if _share("weak", test) < WEAK_TESTS]
        results = [
            {
                "id": str(at), "index": at, "suite": suite["id"], "status": "judged", "pass_rate": 0.5, "reward": 0.5,
                "tests": [self._test(candidate["program"], test, is_observed=is_observed) for test in tests],
            }
            for at, candidate in enumerate(request["candidates"])
        ]  # fmt: skip
        hashes = [hashlib.sha256(test.encode()).hexdigest()[:16] for test in tests]
        info = {
            "id": suite["id"],
            "test_hashes": hashes,
            "weak_tests": weak if request.get("weak_tests") == "report" else None,
        }
        return {"id": "made-up", "results": results, "suites": [info], "runner_version": "made-up"}

    def _test(self, program: str, test: str, *, is_observed: bool) -> dict[str, Any]:
        if is_observed:
            value = OBSERVED + int(999 * _share("value", test))
            printed = {"stdout": f"\nobserved value: {value}\n", "stderr": "", "exit_code": 0}
            return {"outcome": "passed", "cpu_s": 0.001, "printed": printed}
        if self._passes(program, test):
            return {"outcome": "passed", "cpu_s": 0.001}
        message = "AssertionError: expected another value (made up)"
        return {"outcome": "wrong_answer", "cpu_s": 0.001, "message": message}

    def _passes(self, program: str, test: str) -> bool:
        is_right_test = f"== {OBSERVED // 1000}" in test or _share("test", test) < RIGHT_TESTS
        is_written = NAME.sub(r"\1", program) in self._programs
        is_right = _share("program", program) < (RIGHT_PROGRAMS if is_written else SURVIVING_MUTANTS)
        return is_right_test if is_right else _share(program, test) < LUCKY


def _share(*parts: str) -> float:
    """Return a number from 0 to 1 that depends on the texts only."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=("model", "executor"))
    parser.add_argument("port", type=int)
    parser.add_argument("data", type=Path, nargs="?", help="folder of recorded HumanEval replies")
    parser.add_argument("--delay-s", type=float, default=0.0, help="seconds before each reply of the model")
    options = parser.parse_args()
    shapes = read_shapes(options.data)
    server: ReplayServer
    if options.kind == "model":
        replies: Any = ShapedReplies(shapes)
        server = ReplayServer(replies, LlamaCpp("recorded", context=1 << 20), Faults(options.delay_s))
        server.keeps_bodies = False
    else:
        server = MadeUpExecutor(known_programs(shapes))
    asyncio.run(_serve(server, options.port))


async def _serve(server: ReplayServer, port: int) -> None:
    async with await server.serve("127.0.0.1", port) as listening:
        print("ready", flush=True)
        await listening.serve_forever()


if __name__ == "__main__":
    main()
