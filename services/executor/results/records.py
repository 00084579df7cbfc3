"""Encodes verdicts as records, and writes the JSON of results, responses and jobs. Pure.

A record is what a worker sends and the cache keeps. It has three lines: a small header that grading needs, the
extraction, the tests. The last two are already the JSON of the result and are copied as bytes. Rewards are not in it:
they depend on the request. Faults are sent as records too, and are never cached.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from clients.contract import (
    CandidateResult,
    ExecutionResponse,
    ExecutionSummary,
    Extraction,
    ExtractionMethod,
    Job,
    JobState,
    Outcome,
    RewardPolicy,
    Status,
    TestResult,
    UnscorableReason,
)
from services.executor.results.grading import grade

_TESTS = TypeAdapter(list[TestResult])
_REWARD = re.compile(rb'"reward":(-?[0-9.eE+-]+)')
_OUTCOME = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcomes of one program with one suite."""

    outcomes: tuple[Outcome, ...]
    rests: tuple[bool, ...]
    """Per test, whether its outcome rests on the program (``TestResult.rests_on_program``)."""
    decided: tuple[bool, ...]
    """Per test, whether it is a pass that the program alone decided (``TestResult.decided_by_program``)."""
    same_process: tuple[bool, ...]
    """Per test, whether it is a pass in the program's own process (``TestResult.same_process``)."""
    cpu_s: float
    """CPU seconds of all tests."""
    peak_cpu_s: float
    """CPU seconds of its most expensive test."""
    tests_json: bytes
    run_s: float = 0.0
    """Seconds for which a worker judged it."""
    extraction_json: bytes = b"null"

    @property
    def perfect(self) -> bool:
        """Whether there is a valid test, and every valid test passed."""
        valid = [outcome for outcome in self.outcomes if outcome is not Outcome.INVALID_TEST]
        return bool(valid) and all(outcome is Outcome.PASSED for outcome in valid)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no verdict."""

    reason: UnscorableReason
    detail: str


def verdict_of(
    tests: Sequence[TestResult], extraction: Extraction | None = None, *, run_s: float = 0.0
) -> Verdict:
    """Return the verdict of a program from the results of its tests, which took ``run_s`` seconds."""
    cpu = [test.cpu_s for test in tests]
    return Verdict(
        outcomes=tuple(test.outcome for test in tests),
        rests=tuple(test.rests_on_program for test in tests),
        decided=tuple(test.decided_by_program for test in tests),
        same_process=tuple(test.same_process for test in tests),
        cpu_s=round(sum(cpu), 6),
        peak_cpu_s=max(cpu, default=0.0),
        run_s=round(run_s, 4),
        tests_json=_TESTS.dump_json(list(tests), exclude_none=True, exclude={"__all__": {"weak"}}),
        extraction_json=extraction.model_dump_json().encode() if extraction else b"null",
    )


def encode(result: Verdict | Fault) -> bytes:
    """Encode a verdict or a fault as a record."""
    if isinstance(result, Fault):
        return json.dumps({"fault": result.reason, "detail": result.detail}).encode()
    header = {
        "outcomes": " ".join(result.outcomes),
        "rests": [t for t, rests in enumerate(result.rests) if rests],
        "decided": [t for t, is_decided in enumerate(result.decided) if is_decided],
        "same_process": [t for t, same in enumerate(result.same_process) if same],
        "cpu_s": result.cpu_s,
        "peak_cpu_s": result.peak_cpu_s,
        "run_s": result.run_s,
    }
    return b"\n".join([json.dumps(header).encode(), result.extraction_json, result.tests_json])


def decode(record: bytes) -> Verdict | Fault:
    """Decode a record."""
    header_line, *json_lines = record.split(b"\n")
    header = json.loads(header_line)
    if "fault" in header:
        return Fault(UnscorableReason(header["fault"]), header["detail"])
    outcomes = tuple(_OUTCOME[name] for name in header["outcomes"].split())
    return Verdict(
        outcomes=outcomes,
        rests=_flags(header["rests"], len(outcomes)),
        decided=_flags(header["decided"], len(outcomes)),
        same_process=_flags(header["same_process"], len(outcomes)),
        cpu_s=header["cpu_s"],
        peak_cpu_s=header["peak_cpu_s"],
        run_s=header.get("run_s", 0.0),  # a cached record of an earlier version has none
        extraction_json=json_lines[0],
        tests_json=json_lines[1],
    )


def _flags(positions: Collection[int], size: int) -> tuple[bool, ...]:
    """Return ``size`` flags, of which those at ``positions`` are set: in most records none."""
    if not positions:
        return (False,) * size
    flagged = set(positions)
    return tuple(t in flagged for t in range(size))


@dataclass(frozen=True, slots=True)
class ResultSlot:
    """The candidate that a result is written for: its position, its id and its suite."""

    index: int
    id: str
    suite: str


def result_line(
    slot: ResultSlot,
    result: Verdict | Fault,
    policy: RewardPolicy,
    weights: Sequence[float] | None,
    *,
    cached: bool,
    passed_s: float = 0.0,
    excluded: Collection[int] = (),
) -> bytes:
    """Return the JSON of one ``CandidateResult``, ``passed_s`` after the request arrived.

    The contract's model writes the line with an empty ``tests`` and no ``extraction``; then the bytes of the record are
    put in their places. ``"tests":[]`` cannot occur inside a JSON string, where its quotes would be escaped. Tests at
    the positions ``excluded`` are marked as weak and count in no rate.
    """
    if isinstance(result, Fault):
        return _unscorable_line(slot, result)
    try:
        fenced = policy.fence_bonus > 0 and _is_fenced(result.extraction_json)
        grades = grade(
            result.outcomes, result.rests, policy, weights,
            decided=result.decided, same_process=result.same_process, excluded=excluded, fenced=fenced,
        )  # fmt: skip
    except ValueError as exc:  # the checker may find more invalid tests than the API did
        fault = Fault(UnscorableReason.INVALID_SUITE, f"{exc}{_first_reason(result)}")
        return result_line(slot, fault, policy, weights, cached=cached)
    judged = CandidateResult(
        id=slot.id,
        index=slot.index,
        suite=slot.suite,
        status=Status.JUDGED,
        pass_rate=grades.pass_rate,
        reward=grades.reward,
        cpu_s=result.cpu_s,
        wait_s=round(max(passed_s - (0.0 if cached else result.run_s), 0.0), 4),
        run_s=result.run_s,
        cached=cached,
    )
    return _with_record(judged.model_dump_json().encode(), result, excluded)


def reward_of(line: bytes) -> float | None:
    """Return the reward in a result line that is judged. A string of JSON cannot hold what is searched for: its quotes
    are escaped.
    """
    match = _REWARD.search(line)
    return float(match[1]) if match else None


def _with_record(line: bytes, verdict: Verdict, excluded: Collection[int]) -> bytes:
    """Put the extraction and the tests of a record into the line of a result that has none."""
    line = line.replace(b'"extraction":null', b'"extraction":' + verdict.extraction_json, 1)
    tests_json = _marked_weak(verdict.tests_json, excluded) if excluded else verdict.tests_json
    return line.replace(b'"tests":[]', b'"tests":' + tests_json, 1)


def _unscorable_line(slot: ResultSlot, fault: Fault) -> bytes:
    failed = CandidateResult(
        id=slot.id,
        index=slot.index,
        suite=slot.suite,
        status=Status.UNSCORABLE,
        reason=fault.reason,
        detail=fault.detail,
    )
    return failed.model_dump_json().encode()


def _marked_weak(tests_json: bytes, weak: Collection[int]) -> bytes:
    tests = json.loads(tests_json)
    for t in weak:
        tests[t]["weak"] = True
    return json.dumps(tests, ensure_ascii=False, separators=(",", ":")).encode()


def _is_fenced(extraction_json: bytes) -> bool:
    extraction = json.loads(extraction_json)
    return extraction is not None and extraction["method"] == ExtractionMethod.FENCE


def _first_reason(verdict: Verdict) -> str:
    invalid = [
        test for test in _TESTS.validate_json(verdict.tests_json) if test.outcome is Outcome.INVALID_TEST
    ]
    return f" (the first: {invalid[0].message}); correct or drop the suite" if invalid else ""


def response_json(summary: ExecutionSummary, line_of: Mapping[int, bytes]) -> bytes:
    """Return the JSON of an ``ExecutionResponse``, with the results in request order (see ``result_line``)."""
    empty = ExecutionResponse(
        id=summary.id, results=[], suites=summary.suites, runner_version=summary.runner_version
    )
    results = b",".join(line_of[index] for index in sorted(line_of))
    return empty.model_dump_json().encode().replace(b'"results":[]', b'"results":[' + results + b"]", 1)


def job_json(job_id: str, state: JobState, total: int, done: int, response: bytes | None = None) -> bytes:
    """Return the JSON of a ``Job``, with its ``response`` if there is one."""
    text = Job(id=job_id, state=state, total=total, done=done).model_dump_json().encode()
    return text if response is None else text.replace(b'"response":null', b'"response":' + response, 1)
