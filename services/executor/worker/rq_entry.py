"""Holds the function that queue items name. Our worker does not call it; a foreign RQ worker fails with a clear error.

``ExecutorWorker`` judges a chunk itself, whatever function an item names. A plain RQ worker that listens on these
queues by mistake imports this function and calls it. The item fails, and the owner of the execution sends its chunk out
again.
"""

from typing import Any, NoReturn


def judge_chunk(payload: dict[str, Any]) -> NoReturn:  # noqa: ARG001 - the arguments of an item
    """Refuse to judge a chunk (see ``broker.queue.payload_of``).

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(
        "this RQ worker cannot judge chunks: remove it from the 'executor:…' queues, "
        "and start a worker with 'acecoder worker'"
    )
