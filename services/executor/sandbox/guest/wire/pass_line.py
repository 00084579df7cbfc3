"""Makes the line that reports the pass of a test that runs in the program's process: it is made by the checker for one
test, and sent back by ``candidate.same_process``.
"""

import os
from typing import Any

_TOKEN_BYTES = 16
"""Bytes that cannot be guessed."""


def make_pass_line() -> list[Any]:
    """Return a new line."""
    return ["passed", os.urandom(_TOKEN_BYTES).hex()]


PASS_LINE_BYTES = len('["passed","') + 2 * _TOKEN_BYTES + len('"]\n')
"""Its length on the channel. Read with exactly this size, it is one object from the first: no copy of it is freed."""
