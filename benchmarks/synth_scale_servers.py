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
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchmarks.synth_scale_replies import NAME, ShapedReplies, known_programs, read_shapes
from tests.support.replay.personalities import HttpAnswer, LlamaCpp
from tests.support.replay.recordings import Recordings
from tests.support.replay_llm import Faults, ReplayServer, _write, _write_text

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
SLOTS = 64
"""Bytes of a program's hash: each decides about the tests of one slot, so that a program is hashed once, not once a
test. Tests of one slot are passed by the same wrong programs, as equal tests in real suites are."""
PASSED = '{"outcome": "passed", "cpu_s": 0.001}'
WRONG = json.dumps(
    {"outcome": "wrong_answer", "cpu_s": 0.001, "message": "AssertionError: expected another value (made up)"}
)


class MadeUpExecutor(ReplayServer):
    """Answers ``POST /v1/executions``."""

    def __init__(self, programs: set[str]) -> None:
        super().__init__(Recordings([]), LlamaCpp("none"), Faults())
        self._programs = programs

    async def _respond(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if not path.endswith("/executions"):
            return await _write(writer, HttpAnswer(404, {}), "made-up")
        return await _write_text(writer, 200, self._judge(json.loads(body)), "made-up")

    def _judge(self, request: dict[str, Any]) -> bytes:
        """Return the response as JSON. It is put together from encoded parts: a row has some 2,000 results."""
        (suite,) = request["suites"]
        texts = suite.get("asserts") or [json.dumps(test) for test in suite["io"]]
        tests = [_test_of(text) for text in texts]
        encode = (
            self._encoded_observations(texts) if suite.get("io") else partial(self._encoded_verdicts, tests)
        )
        programs = {candidate["program"] for candidate in request["candidates"]}
        encoded = {program: ", ".join(encode(program)) for program in programs}
        name = json.dumps(suite["id"])
        results = ", ".join(
            f'{{"id": "{at}", "index": {at}, "suite": {name}, "status": "judged", "pass_rate": 0.5, "reward": 0.5, '
            f'"tests": [{encoded[candidate["program"]]}]}}'
            for at, candidate in enumerate(request["candidates"])
        )
        info = {
            "id": suite["id"],
            "test_hashes": [test.hash for test in tests],
            "weak_tests": [at for at, test in enumerate(tests) if test.is_weak]
            if request.get("weak_tests") == "report"
            else None,
        }
        parts = f'{{"id": "made-up", "results": [{results}], "suites": [{json.dumps(info)}], '
        return f'{parts}"runner_version": "made-up"}}'.encode()

    def _encoded_observations(self, tests: list[str]) -> Callable[[str], list[str]]:
        """Return the function that gives a program's results where its output is observed: all programs agree."""
        values = [OBSERVED + int(999 * _share("value", test)) for test in tests]
        results = [
            json.dumps({"outcome": "passed", "cpu_s": 0.001,
                        "printed": {"stdout": f"\nobserved value: {value}\n", "stderr": "", "exit_code": 0}})
            for value in values
        ]  # fmt: skip
        return lambda _: results

    def _encoded_verdicts(self, tests: list["_MadeUpTest"], program: str) -> list[str]:
        """Return a program's results on the tests."""
        is_right, lucky = self._nature_of(program)
        if is_right:
            return [PASSED if test.is_right else WRONG for test in tests]
        return [PASSED if lucky[test.slot] else WRONG for test in tests]

    def _nature_of(self, program: str) -> tuple[bool, list[bool]]:
        """Return whether a program passes every right test, and what it passes otherwise, by the test's slot."""
        digest = hashlib.blake2b(program.encode(), digest_size=SLOTS).digest()
        is_written = NAME.sub(r"\1", program) in self._programs
        right = _share("program", program) < (RIGHT_PROGRAMS if is_written else SURVIVING_MUTANTS)
        return right, [byte < LUCKY * 256 for byte in digest]


@dataclass(frozen=True, slots=True)
class _MadeUpTest:
    """What is decided of a test by its text."""

    hash: str
    is_right: bool
    is_weak: bool
    slot: int
    """Which of a program's ``SLOTS`` random numbers decides whether it passes."""


@lru_cache(maxsize=4096)  # the tests of the rows in progress: a row's come in eight requests
def _test_of(text: str) -> _MadeUpTest:
    digest = hashlib.sha256(text.encode()).digest()
    shares = [int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in (8, 12)]
    is_right = f"== {OBSERVED // 1000}" in text or shares[0] < RIGHT_TESTS
    return _MadeUpTest(digest.hex()[:16], is_right, shares[1] < WEAK_TESTS, digest[16] % SLOTS)


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
