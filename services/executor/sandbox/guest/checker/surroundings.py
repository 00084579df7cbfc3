"""Carries a test's files, standard streams and replaced builtins to the program, for each call, and back.

A test may write a file that the program reads, catch what it prints (``redirect_stdout``, a patch of ``sys.stdout``),
or answer its questions (``input``, ``sys.stdin``). Only tests whose text shows such a use have surroundings
(``surrounding_tests``). Files are copied as plain data (``wire.folder``). A builtin or stdin that the test replaced is
exported to the program, like any callback.

What a program wrote is its answer: it is data of this process. Where the program changed a file of the test's, a pass
is marked ``rests_on_program``, since the test may compute from it what it expects. Nothing is left for the next
program.
"""

import builtins
import os
import sys
from typing import Any

from ..wire import codec
from ..wire.encoder import encode
from ..wire.evaluating_names import REPLACEABLE
from ..wire.folder import CarriedFolder
from .namespace import BUILTINS
from .outcomes import escape_controls

_STREAMS = ("stdout", "stderr")
_TEXT, _PIECES = 1, 2
"""How the program's output is taken: as one text, or as the pieces that were written, for an object of the test's."""
_BUDGET_BYTES = 16 * 2**20
"""Of the test's files, as text, for one call: more than a test's data has."""
_SHOWN_NAMES = 5


class _Scratch:
    """The scratch directory of this process."""

    def __init__(self) -> None:
        self.root: str | None = None
        """``None``: files are not carried. It shares the program's working directory, or takes no file tests."""
        self.takes_file_tests = True
        """Whether tests that use files are judged. Not where test and program have directories at different paths, as
        without a mount namespace: a path that the test gives the program would mean nothing there."""


scratch = _Scratch()
"""One for the process, set when it starts."""


class Surroundings:
    """The surroundings of the tests that run against one load of a program."""

    def __init__(self, refs: codec.Refs) -> None:
        self._refs = refs
        self._folder = CarriedFolder(scratch.root) if scratch.root else None
        self._own_files: set[str] = set()
        """Files whose last change was the test's."""
        self._left_out: set[str] = set()
        self._directory = scratch.root
        """The working directory that the program knows of."""
        self.has_changed_files = False
        """Whether the program changed a file of the test's in the running test."""
        self.has_program_files = False
        """Whether the program changed any file for a test of this load."""
        self._reset()

    def start_test(self) -> None:
        """Begin a test."""
        self._left_out.clear()
        self.has_changed_files = False

    def end_test(self) -> None:
        """End a test, at the latest before the next one begins."""
        self._reset_streams()

    def line(self) -> list[Any]:
        """Return the line that gives the program the surroundings of the next call."""
        streams = [self._taken(name) for name in _STREAMS]
        replaced = {
            name: encode(getattr(builtins, name), self._refs)
            for name in REPLACEABLE
            if getattr(builtins, name, None) is not BUILTINS[name]
        }
        if sys.stdin is not sys.__stdin__:
            replaced["stdin"] = encode(sys.stdin, self._refs)
        if self._folder is None:
            return ["around", streams, replaced, None, []]
        files, left_out = self._folder.changes(_BUDGET_BYTES)
        self._own_files.update(entry[0] for entry in files if len(entry) > 1)
        self._left_out.update(left_out)
        folder = [self._folder.root]
        directory = _working_directory()
        if directory != self._directory:
            self._directory = directory
            folder.append(directory)
        return ["around", streams, replaced, files, folder]

    def receive(self, body: Any) -> None:
        """Receive what a call printed and which files it changed. Raises ``WireError``."""
        if type(body) is not list or len(body) != 4:
            raise codec.WireError("malformed surroundings")
        *printed, files, left_out = body
        self.receive_printed(printed)
        if self._folder is not None:
            changed, lost = self._folder.apply(files)
            self.has_program_files = self.has_program_files or bool(changed or lost)
            self.has_changed_files = self.has_changed_files or not self._own_files.isdisjoint(changed)
            self._own_files.difference_update(changed)
            self._left_out.update(str(name) for name in [*lost, *left_out[:_SHOWN_NAMES]])

    def receive_printed(self, printed: Any) -> None:
        """Write what the program printed to the test's streams. Raises ``WireError``."""
        for name, pieces in zip(_STREAMS, printed, strict=True):
            if type(pieces) is not list or not all(type(piece) is str for piece in pieces):
                raise codec.WireError("malformed output")
            if self._taken(name):
                for piece in pieces:
                    getattr(sys, name).write(piece)

    def explain(self, outcome: str, message: str) -> str:
        """Return the message of a test, with the files that it or the program lacked, unless it passed."""
        if outcome == "passed" or not self._left_out:
            return message
        names = escape_controls(", ".join(name[:50] for name in sorted(self._left_out)[:_SHOWN_NAMES]))
        return f"{message[:300]} (not carried between test and program: {names[:150]}; too large, or no regular file)"

    def close(self) -> None:
        """Leave nothing for the next program."""
        self._reset()

    def _reset(self) -> None:
        self._reset_streams()
        if self._folder is not None:
            os.chdir(self._folder.root)
            self._folder.clear()

    def _reset_streams(self) -> None:
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
        for name in REPLACEABLE:
            setattr(builtins, name, BUILTINS[name])

    def _taken(self, name: str) -> int:
        stream = getattr(sys, name)
        if stream is None or stream is getattr(sys, f"__{name}__"):
            return 0
        return _TEXT if type(stream).__module__ == "_io" else _PIECES


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # the test removed it
        return "/"
