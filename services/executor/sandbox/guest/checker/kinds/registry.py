"""Maps the name of each test kind to the function that prepares its tests.

A kind is one module. It reads its tests from the worker's message, finds those that are invalid, and runs them against
a program (``runner.PreparedTests``). To add a kind, write its module and add one line here. Kinds share by calling: a
kind of one function call is an assert test (``check``); a kind with another rule for outputs passes its own ``judge``
to ``io.run_io_test``. The names are those of ``clients.contract.TestKind``; ``same_process`` takes the place of
``asserts`` and ``check`` in a suite with that isolation, ``checker_program`` that of ``io`` in a suite with a
``checker``.
"""

from collections.abc import Callable
from typing import Any

from ..runner import PreparedTests
from . import asserts, check, checker_program, io, same_process

KINDS: dict[str, Callable[[dict[str, Any]], PreparedTests]] = {
    "asserts": asserts.prepare,
    "check": check.prepare,
    "checker_program": checker_program.prepare,
    "io": io.prepare,
    "same_process": same_process.prepare,
}
"""Each function takes the worker's message of a suite."""
