"""Locks the folder of a run, so that no second run works in it at the same time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "run.lock"
"""Empty file in the folder, which its run locks; the lock ends with the process."""


@contextmanager
def locked(folder: Path, noun: str) -> Iterator[None]:
    """Keep ``folder`` locked for as long as the block lasts; ``noun`` names in the message what else works there.

    Raises:
        ValueError: another process has locked the folder.
    """
    with (folder / LOCK).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{folder}: another {noun} is working in this folder; wait for its end, or choose another with -o"
            ) from None
        yield
