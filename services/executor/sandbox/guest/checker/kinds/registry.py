"""Maps the name of each test kind to the function that prepares its tests.

A kind is one module: it reads its tests from the worker's message, says which are invalid, and runs them against a
program (``runner.PreparedTests``). To add a kind, write its module and add one line here. The names are those of
``clients.contract.TestKind``.
"""

from collections.abc import Callable
from typing import Any

from ..runner import PreparedTests
from . import asserts, check, io

KINDS: dict[str, Callable[[dict[str, Any]], PreparedTests]] = {
    "asserts": asserts.prepare,
    "check": check.prepare,
    "io": io.prepare,
}
"""Each function takes the worker's message of a suite."""
