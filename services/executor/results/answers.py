"""Whole answers, put together from result lines that are JSON already. Pure.

An empty list or ``null`` is written by the contract's own model and replaced by the bytes at hand; inside
a JSON string its quotes would be escaped, so the first one found is the field.
"""

from collections.abc import Mapping

from clients.contract import ExecutionResponse, ExecutionSummary, Job, JobState


def response_json(summary: ExecutionSummary, line_of: Mapping[int, bytes]) -> bytes:
    """An ``ExecutionResponse`` with its results in request order."""
    empty = ExecutionResponse(
        id=summary.id, results=[], suites=summary.suites, runner_version=summary.runner_version
    )
    results = b",".join(line_of[index] for index in sorted(line_of))
    return empty.model_dump_json().encode().replace(b'"results":[]', b'"results":[' + results + b"]", 1)


def job_json(job_id: str, state: JobState, total: int, done: int, response: bytes | None = None) -> bytes:
    """A ``Job``, with its answer if there is one."""
    text = Job(id=job_id, state=state, total=total, done=done).model_dump_json().encode()
    return text if response is None else text.replace(b'"response":null', b'"response":' + response, 1)
