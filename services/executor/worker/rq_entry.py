"""What RQ imports: dict in, dict out.

The worker binds its runner before it takes work; a process that has none (any other RQ worker that is
pointed at these queues) fails the item, and the owner of the execution has it judged elsewhere.
"""

from typing import Any

from services.executor.worker.chunks import ChunkRunner

_runners: list[ChunkRunner] = []


def bind(runner: ChunkRunner) -> None:
    """Name this process's runner."""
    _runners[:] = [runner]


def hurry() -> None:
    """The worker was told to stop; see ``ChunkRunner.hurry``."""
    for runner in _runners:
        runner.hurry()


def judge_chunk(payload: dict[str, Any]) -> dict[str, Any]:
    """Judge one chunk (see ``queue.payload_of``); the records go to the execution's stream.

    Raises:
        RuntimeError: this process is no executor worker.
    """
    if not _runners:
        raise RuntimeError("not an executor worker: start one with 'acecoder worker'")
    return _runners[0].run(payload)
