"""Gives the program the surroundings of a test during one call: files, standard streams, replaced builtins.

Only calls of tests that use such things have surroundings (``checker.surroundings``). What the program prints is
collected here and travels with the answer, as do the files that it changed. Nothing here decides an outcome.
"""

import builtins
import io
import os
import sys
from contextlib import suppress
from typing import Any

from ..wire.folder import CarriedFolder

_PIECES = 2
"""The test's own object takes what is written: it gets each piece that the program wrote."""


class TestInput(io.TextIOBase):
    """Reads from the ``sys.stdin`` of the test."""

    __test__ = False

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:  # noqa: D102
        return True

    def readline(self, *size: Any) -> Any:  # noqa: D102
        return self._stream.readline(*size)

    def read(self, *size: Any) -> Any:  # noqa: D102
        return self._stream.read(*size)


class _Pieces(io.TextIOBase):
    """Keeps each text that was written."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: Any) -> int:
        self.pieces.append(str(text))
        return len(text)


class Surroundings:
    """What a test has replaced, for the calls of one program."""

    def __init__(self, output_bytes: int) -> None:
        self._budget_bytes = output_bytes // 2
        """The other half of an answer is left to its value."""
        self._folder: CarriedFolder | None = None
        self._open: list[tuple[dict[str, Any], dict[str, Any]]] = []
        """Streams and builtins of the open calls, the innermost last, and what they replaced."""

    def enter(
        self, streams: list[int], replaced: dict[str, Any], files: list[Any] | None, folder: list[str]
    ) -> None:
        """Begin a call.

        ``streams`` says how stdout and stderr are taken; ``folder`` is the root, and the working directory if the test
        changed it.
        """
        if files is not None:
            if self._folder is None:
                self._folder = CarriedFolder(folder[0])
            self._folder.apply(files)
            if len(folder) > 1:  # the test went to another directory
                with suppress(OSError):
                    os.chdir(folder[1])
        new: dict[str, Any] = {}
        for name, taken in zip(("stdout", "stderr"), streams, strict=True):
            if taken:
                new[name] = _Pieces() if taken == _PIECES else io.StringIO()
        if "stdin" in replaced:
            new["stdin"] = TestInput(replaced.pop("stdin"))
        old = {name: getattr(sys, name) for name in new}
        old_builtins = {name: getattr(builtins, name) for name in replaced}
        vars(sys).update(new)
        vars(builtins).update(replaced)
        self._open.append((new, {"sys": old, "builtins": old_builtins}))

    def leave(self) -> list[Any]:
        """End a call; return what it printed on stdout and stderr, the files it changed, and those left out."""
        printed = self.take_printed()
        _new, old = self._open.pop()
        vars(sys).update(old["sys"])
        vars(builtins).update(old["builtins"])
        if self._folder is None:
            return [*printed, [], []]
        files, left_out = self._folder.changes(self._budget_bytes)
        return [*printed, files, left_out[:5]]

    def take_printed(self) -> list[list[str]]:
        """Return what was printed since the last time, on stdout and on stderr."""
        new = self._open[-1][0] if self._open else {}
        return [_take(new.get(name)) for name in ("stdout", "stderr")]

    @property
    def is_open(self) -> bool:
        """Whether a call with surroundings is open."""
        return bool(self._open)


def _take(stream: Any) -> list[str]:
    if type(stream) is _Pieces:
        pieces, stream.pieces = stream.pieces, []
        return pieces
    if type(stream) is not io.StringIO or stream.closed:
        return []
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return [text] if text else []
