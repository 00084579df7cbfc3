"""Records which of the program's objects the running test made itself, and which it received as an answer.

A program may learn the values that a test combines with an object only if the test made that object. If the object is
an answer, such a value may be the expected one. Objects are identified by their numbers.
"""

from collections.abc import Sequence
from typing import Any

from ..wire.operations import BINARY, IN_PLACE, UNARY
from .proxies import Proxy
from .remote_object import object_number

_DERIVING = frozenset({*BINARY, *IN_PLACE, *UNARY, "enter", "aenter", "copy", "deepcopy"})
"""Operations whose result counts as made by the test if an operand was."""


class Provenance:
    """The objects of one candidate that one suite's tests made."""

    def __init__(self) -> None:
        self.named_classes: set[int] = set()
        """Classes that the suite names."""
        self.made_by_test: set[int] = set()
        self._answers: set[int] = set()
        """Objects that the program returned, and objects in them, other than those that the tests made."""
        self._methods_of_answers: set[int] = set()

    @property
    def has_methods_of_answers(self) -> bool:
        """Whether a test took a method of an answer: its call is looked at (``passes_value_to_answer``)."""
        return bool(self._methods_of_answers)

    def add_named_classes(self, bindings: dict[str, Any]) -> None:
        """Add the program's names that are written like names of classes (``Stack``).

        A class with a name like a function's is in the place of a function, and is not added.
        """
        for name, value in bindings.items():
            if isinstance(value, Proxy) and name.lstrip("_")[:1].isupper():
                self.named_classes.add(value._acecoder_number)  # noqa: SLF001

    def record(self, operation: str, args: tuple[Any, ...], value: Any, received: Sequence[int] = ()) -> None:
        """Record whether the test made the result of an operation: it constructed the object from a class it names, or
        derived it from such objects by operators. The result of any other operation counts as the program's
        answer, even if the same object was recorded as the test's before.

        ``received`` are the numbers of all objects that arrived with the result: those in a list that was returned, and
        those that the program left in an argument, count as answers too, unless the test made them.
        """
        number = object_number(value)
        if number is None and not received:
            return  # plain data, as most answers are
        is_constructed = operation == "call" and bool(args) and object_number(args[0]) in self.named_classes
        if number is not None and (
            is_constructed
            or (operation in _DERIVING and any(object_number(arg) in self.made_by_test for arg in args))
        ):
            self.made_by_test.add(number)
            return
        if number is not None:
            self.made_by_test.discard(number)
        is_attribute = operation == "getattr"
        if is_attribute and object_number(args[0]) not in self._answers:
            return
        self._answers.update(other for other in received if other not in self.made_by_test)
        if is_attribute and number is not None:
            self._methods_of_answers.add(number)

    def passes_value_to_answer(self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Return whether an operation calls a method of an answer with plain data of the test.

        ``f(2).equals(expected)`` does: the method learns what is expected, and its result is the program's verdict.
        """
        return bool(self._methods_of_answers) and (
            operation == "call"
            and object_number(args[0]) in self._methods_of_answers
            and any(object_number(value) is None for value in (*args[1:], *kwargs.values()))
        )
