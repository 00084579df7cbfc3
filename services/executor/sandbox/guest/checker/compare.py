"""Whether printed output is the expected output (pure)."""

import math
from typing import Any


def same_output(printed: str, expected: str, rule: dict[str, Any]) -> bool:
    """Compare under ``rule``: ``mode`` and, for ``float``, ``rel_tol`` and ``abs_tol``."""
    mode = rule["mode"]
    if mode == "exact":
        return printed == expected
    if mode == "trailing_newline":
        return printed.rstrip("\r\n") == expected.rstrip("\r\n")
    left, right = printed.split(), expected.split()
    if mode == "tokens":
        return left == right
    return len(left) == len(right) and all(_close(a, b, rule) for a, b in zip(left, right, strict=True))


def _close(a: str, b: str, rule: dict[str, Any]) -> bool:
    if a == b:
        return True
    try:
        left, right = float(a), float(b)
    except ValueError:
        return False
    return math.isclose(left, right, rel_tol=rule["rel_tol"], abs_tol=rule["abs_tol"])
