"""Names every key that the executor keeps in Redis.

For one Redis, or a primary with replicas. A Redis Cluster does not work: the claim script computes a key.

API processes and workers of several versions may share a Redis, as they do while an upgrade goes on. Their queues have
different names, so a worker judges only for API processes of its own version. Otherwise an older worker would judge by
the older rules, and its record would be kept under the key of the newer version.
"""

import secrets
import socket

from services.executor.sandbox import RUNNER_VERSION

FORMAT = "1"
"""Version of what API processes and workers write for each other: queue items, suites, records, entries of streams.
Raise it with each change that an older process cannot read; an outcome that changes raises ``RUNNER_VERSION``."""
VERSION = f"{RUNNER_VERSION}.{FORMAT}"
"""What an API process and a worker must have in common."""
VERSIONS = "executor:versions"
"""Set: the versions of all workers that this Redis has seen."""

RESULTS_TTL_S = 600
"""How long unread results stay in their stream."""


def new_worker_name() -> str:
    """Return a name for a worker process of this machine that no other worker has or had.

    RQ refuses a name until the key of its last owner expires. In a container that is restarted, host name and pid are
    the same again, hence a random part.
    """
    return f"{socket.gethostname()}-{secrets.token_hex(4)}"


def queue(environment: str, priority: str) -> str:
    """Return RQ's name of a queue."""
    return f"executor:{VERSION}:{environment}:{priority}"


def priority_of(queue_name: str) -> str:
    """Return the priority in RQ's name of a queue."""
    return queue_name.rpartition(":")[2]


def turns(queue_name: str) -> str:
    """Return the prefix of the keys that decide which chunk of a queue is taken next (``turns``)."""
    return f"{queue_name}:turns"


LEAD = f"executor:{VERSION}:lead"
"""Worker seconds by which interactive work is ahead of bulk work (``turns``)."""


def runs(caller: str) -> str:
    """Hash: execution → what ``GET /v1/runs`` shows of it, for the executions of a caller; some may have ended."""
    return f"executor:runs:{caller}"


def results(execution: str) -> str:
    """Stream: records by unit number, as workers finish them; also cancellations, and what workers give back."""
    return f"executor:x:{execution}:results"


def taken(execution: str) -> str:
    """Hash: chunk → the worker that took it."""
    return f"executor:x:{execution}:taken"


def begun(worker: str) -> str:
    """String: the chunk that a worker began last, as ``<execution>:<chunk>``."""
    return f"executor:begun:{worker}"


def cancelled(execution: str) -> str:
    """Mark: exists while workers should drop what is left of an execution."""
    return f"executor:x:{execution}:cancelled"


OWNER = "executor:owner:"
"""Prefix of the keys that show that executions are alive."""


def owner(execution: str) -> str:
    """String: the flow of an execution; exists while an API process runs the execution, which renews it."""
    return OWNER + execution


ANY_RECORD = "executor:record:*"
"""Pattern of the records of all formats."""


def record(key: str) -> str:
    """String: the record of a unit that was judged."""
    return f"executor:record:{FORMAT}:{key}"


def claim(key: str) -> str:
    """String: the execution that has a unit judged."""
    return f"executor:claim:{FORMAT}:{key}"


def suite(key: str) -> str:
    """String: the JSON of a suite without its invalid tests, sent once and not with each chunk."""
    return f"executor:suite:{FORMAT}:{key}"


def kept_list(caller: str) -> str:
    """List: the JSON of each execution of a caller that ended lately, the latest first, after its id and a blank."""
    return f"executor:kept:{caller}"


def kept(execution: str, caller: str) -> str:
    """String: programs, tests and results of an execution that ended, compressed.

    The id is first, because it has a fixed length: no two pairs have one key, whatever the name of a caller is.
    """
    return f"{KEPT}{execution}:{caller}"


KEPT = "executor:kept-execution:"
"""Prefix of the keys of ``kept``."""


def history(resolution: str, start: int) -> str:
    """Hash: the sums of one interval of the live page's history, by field."""
    return f"executor:history:{resolution}:{start}"


def worker(name: str) -> str:
    """Heartbeat: exists while a worker lives, which renews it."""
    return f"executor:worker:{name}"


def worker_profile(name: str) -> str:
    """String: the isolation profile of a worker, which renews it with its heartbeat."""
    return f"executor:worker:{name}:profile"


def open_chunks(worker: str) -> str:
    """String: the chunks that a worker has taken and not finished, renewed with its heartbeat (``heartbeat``)."""
    return f"executor:open:{worker}"


def slot(users: str, number: int) -> str:
    """Lease: the worker that has a slot, of those whose jails draw on the same user ids."""
    return f"executor:slot:{users}:{number}"


def core(machine: str, number: int, nth: int) -> str:
    """Lease: the worker that is the ``nth`` on a core of a machine."""
    return f"executor:core:{machine}:{number}:{nth}"


def workers(environment: str, version: str = VERSION) -> str:
    """Set: names of the workers of a version that serve an environment; some of them may be gone."""
    return f"executor:workers:{version}:{environment}"


def job(execution: str) -> str:
    """Hash: state, counts, candidates and summary of an asynchronous job."""
    return f"executor:job:{execution}"


def job_lines(execution: str) -> str:
    """Stream: the result lines of an asynchronous job, by position of the candidate; last the summary, as ``end``."""
    return f"executor:job:{execution}:lines"
