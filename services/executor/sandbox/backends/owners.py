"""Marks what a worker leaves on its machine with the worker that made it, and finds out whether that worker is gone.

A pid means a process only together with its pid namespace. Containers may share a cgroup tree or ``/run``, and a worker
in one of them does not see the processes of another.
"""

import os
from pathlib import Path

_NAMESPACE = Path("/proc/self/ns/pid")


def owner_label() -> str:
    """Return the mark of this process: its pid and its pid namespace."""
    return f"{os.getpid()}-{_namespace()}"


def is_owner_gone(label: str) -> bool:
    """Whether the process that a mark at the start of ``label`` names has ended.

    False for a mark of another pid namespace, and for other text: the caller must leave what it does not know.
    """
    pid, _, rest = label.partition("-")
    namespace = rest.partition("-")[0]
    if not pid.isdigit() or namespace != str(_namespace()):
        return False
    return not Path("/proc", pid).exists()


def _namespace() -> int:
    """Return the number of this pid namespace. No two that exist at one time have the same."""
    return _NAMESPACE.stat().st_ino
