"""Keeps the identity of NaNs across the wire: ``[nan] == [nan]`` holds for one object, and for no two.

Python compares the items of containers by identity first. A NaN that a test passes and gets back is one object, and so
is ``math.nan`` on both sides. Each side numbers its own NaNs: the test's from -1 down, the program's from 0 up.
"""

import math
import sys
from typing import Any

from .codec import WireError

_MAX_NUMBERED = 100
"""NaNs of one side that have numbers. Those beyond arrive as new objects each time."""


class NaNs:
    """The NaNs that one end has sent or received."""

    def __init__(self, *, is_test: bool) -> None:
        self._is_test = is_test
        self._numbers: dict[int, int] = {}
        self._objects: dict[int, float] = {}

    def encode(self, value: Any) -> Any:
        """Return the JSON form of a NaN: by name, by number, or bare."""
        if value is math.nan:  # noqa: PLW0177  -- its identity
            return {"a": "math"}
        if "numpy" in sys.modules and value is sys.modules["numpy"].nan:
            return {"a": "numpy"}
        number = self._numbers.get(id(value))
        if number is None:
            if len(self._numbers) >= 2 * _MAX_NUMBERED:
                return value
            number = -1 - len(self._numbers) if self._is_test else len(self._numbers)
            self._add(number, value)
        return {"a": number}

    def decode(self, name: Any) -> float:
        """Return a NaN, the same object for the same name. Raises ``WireError``."""
        if name == "math":
            return math.nan
        if name == "numpy":
            return float(sys.modules["numpy"].nan) if "numpy" in sys.modules else float("nan")
        if type(name) is not int:
            raise WireError("not a NaN")
        value = self._objects.get(name)
        if value is None:
            value = float("nan")
            is_of_other_side = (name >= 0) == self._is_test
            if is_of_other_side and len(self._numbers) < 2 * _MAX_NUMBERED:
                self._add(name, value)
        return value

    def _add(self, number: int, value: float) -> None:
        self._numbers[id(value)] = number
        self._objects[number] = value
