"""Names of everything the executor keeps in Redis, in one place.

One Redis (or a primary with replicas): the claim script computes a key, which a Redis Cluster refuses.
"""

import socket

RESULTS_TTL_S = 600
"""How long results wait for a reader that is late or gone."""


def worker_name(pid: int) -> str:
    """Return the name of a worker process of this machine."""
    return f"{socket.gethostname()}-{pid}"


def queue(environment: str, priority: str) -> str:
    """RQ's name of a queue."""
    return f"executor:{environment}:{priority}"


def results(execution: str) -> str:
    """Stream: records as workers finish them, by unit number."""
    return f"executor:x:{execution}:results"


def taken(execution: str) -> str:
    """Hash: chunk → the worker that took it."""
    return f"executor:x:{execution}:taken"


def begun(worker: str) -> str:
    """The chunk that a worker began last, as ``<execution>:<chunk>``."""
    return f"executor:begun:{worker}"


def cancelled(execution: str) -> str:
    """Set while workers should drop what is left of an execution."""
    return f"executor:x:{execution}:cancelled"


OWNER = "executor:owner:"
"""Prefix of the keys by which the owners of executions say that they are alive."""


def owner(execution: str) -> str:
    """Lives as long as somebody waits for the execution."""
    return OWNER + execution


def record(key: str) -> str:
    """A finished unit's record."""
    return f"executor:record:{key}"


def claim(key: str) -> str:
    """The execution that has a unit judged."""
    return f"executor:claim:{key}"


def suite(key: str) -> str:
    """The JSON of a suite's runnable tests, sent once and not with each chunk."""
    return f"executor:suite:{key}"


def worker(name: str) -> str:
    """Lives as long as a worker."""
    return f"executor:worker:{name}"


def workers(environment: str) -> str:
    """Set: names of the workers that serve an environment, some of them perhaps gone."""
    return f"executor:workers:{environment}"


def job(execution: str) -> str:
    """Hash: where an asynchronous job stands."""
    return f"executor:job:{execution}"


def job_lines(execution: str) -> str:
    """Stream: the result lines of an asynchronous job, by candidate."""
    return f"executor:job:{execution}:lines"
