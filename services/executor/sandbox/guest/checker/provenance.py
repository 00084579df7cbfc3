"""Which of the program's objects the test in hand made itself, rather than got as an answer.

A program may be told what its object is combined with only if the test made that object: it would otherwise learn what
is expected of it. Objects are known by number.
"""

from typing import Any

from ..wire.operations import BINARY, IN_PLACE, UNARY
from .proxies import Standin, number_of

_MAKING = frozenset({*BINARY, *IN_PLACE, *UNARY, "enter", "aenter", "copy", "deepcopy"})
"""Operations whose object is a test's own making if an operand is."""


class Provenance:
    """What one suite's tests made of one candidate."""

    def __init__(self) -> None:
        self.named: set[int] = set()
        """Classes the suite speaks of by name."""
        self.made: set[int] = set()

    def name(self, bindings: dict[str, Any]) -> None:
        """Take the program's names the suite uses: those written like classes are the classes it speaks of. A
        class under a function's name stands where a function is due, and is not one of them.
        """
        for name, value in bindings.items():
            if isinstance(value, Standin) and name.lstrip("_")[:1].isupper():
                self.named.add(value._acecoder_number)  # noqa: SLF001

    def note(self, operation: str, args: tuple[Any, ...], value: Any) -> None:
        """Keep track of what the test made: objects it constructed from a class it names, and what operators make
        of those. An object that comes from anywhere else, be it one of these, is an answer of the program's.
        """
        number = number_of(value)
        if number is None:
            return
        constructed = operation == "call" and bool(args) and number_of(args[0]) in self.named
        if constructed or (operation in _MAKING and any(number_of(arg) in self.made for arg in args)):
            self.made.add(number)
        else:
            self.made.discard(number)
