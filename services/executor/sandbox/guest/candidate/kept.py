"""Numbers the containers that both the program and the running test have: what one changes, the other sees.

A container in an answer (a list, a dictionary, a set, an array) is a copy in the test. If the program holds the
original too, the original gets a number here. With each later answer, the content of those that changed is sent, and
what the test changes in its copy comes back before the next call. A container that nothing of the program
refers to any more needs no number: no later call can change it or return it again.

All numbers are forgotten when the next test begins, which has copies of its own.
"""

import sys
from collections.abc import Iterator
from typing import Any

from ..wire import codec
from ..wire.encoder import encode_body, encode_items
from ..wire.library_values import KEPT_FROM
from ..wire.operations import parts_of

_MAX_KEPT = 1000
_MAX_CHARS = 1 << 17
"""Of what is kept, in number and as text; the text is compared after each call, in about a millisecond. Beyond,
containers in answers are copies only."""
_MAX_REACHED_CHARS = 1 << 22
"""The same for containers that the test reaches through an attribute, an item or a global: it may well change them."""
_MAX_ARGUMENTS = 64
"""Containers in the arguments of one call. Of larger arguments none is kept: a count of references would cost more than
the call."""


class KeptContainers:
    """The numbered containers of one program."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        """``id`` → number."""
        self.objects: dict[int, Any] = {}
        self.is_answering = False
        """Whether an answer is being encoded, so that containers may get numbers."""
        self.is_inside = False
        """Whether the value being encoded is a part of a kept container."""
        self._texts: dict[int, str] = {}
        """Content that the checker knows, as text."""
        self._chars = 0
        self.max_chars = _MAX_CHARS
        self._next = KEPT_FROM
        self._new: list[int] = []
        """Those numbered since ``start_answer``."""
        self._open: set[int] = set()
        """Those that are being encoded."""

    def forget(self) -> None:
        """Forget all numbers."""
        self.numbers.clear()
        self.objects.clear()
        self._texts.clear()
        self._chars = 0

    # One answer

    def start_answer(self, *, is_reached: bool = False) -> None:
        """Let containers of an answer get numbers from now on; ``is_reached``: it is a part of an object."""
        self.max_chars = _MAX_REACHED_CHARS if is_reached else _MAX_CHARS
        self.is_answering, self.is_inside = True, False
        self._new.clear()
        self._open.clear()

    def undo_answer(self) -> None:
        """Take back the numbers of this answer, which will not be sent."""
        for number in self._new:
            del self.numbers[id(self.objects.pop(number))]
            self._chars -= len(self._texts.pop(number, ""))
        self.start_answer()

    def finish_answer(self) -> None:
        """End an answer."""
        self.is_answering = False

    def may_keep(self, references: int, unkept_references: int) -> bool:
        """Whether a container gets a number: it is a part of a kept one, or more refers to it than the answer."""
        is_held = self.is_inside or references > unkept_references
        return is_held and len(self.objects) < _MAX_KEPT and self._chars < self.max_chars

    def keep(self, value: Any, refs: codec.Refs, depth: int) -> Any:
        """Give a container a number and return its reference, with its content."""
        number = self.add(value)
        self._open.add(number)
        was_inside, self.is_inside = self.is_inside, True
        body = encode_body(value, refs, depth)
        self.is_inside = was_inside
        self._open.discard(number)
        text = codec.dumps(body)
        is_namespace_of_objects = type(body) is dict and "h" in body
        if is_namespace_of_objects or self._chars + len(text) > self.max_chars:
            self._new.remove(number)
            del self.numbers[id(self.objects.pop(number))]
            return body
        self._remember(number, text)
        return {"h": number, "k": "live", "v": body}

    def add(self, value: Any) -> int:
        """Return the number of a container that had none."""
        number = self._next
        self._next += 1
        self.numbers[id(value)] = number
        self.objects[number] = value
        self._new.append(number)
        return number

    def reference(self, number: int) -> Any:
        """Return the reference to a container that the checker has. Raises ``WireError`` if it holds itself."""
        if number in self._open:
            raise codec.WireError("a container holds itself")
        return {"h": number}

    # Changes

    def refresh(self, value: Any, refs: codec.Refs) -> None:
        """Note the content of a container that the test has just set."""
        number = self.numbers.get(id(value))
        if number is not None:
            self._remember(number, self._text(value, refs))

    def changes(self, refs: codec.Refs) -> list[Any]:
        """Return ``[-number - 1, content]`` of each kept container that the checker knows with another content."""
        if not self.objects:
            return []
        changed = []
        new = set(self._new)
        self.is_inside = True
        for number, value in list(self.objects.items()):
            try:
                if number not in new and self._text(value, refs) != self._texts.get(number):
                    changed.append([-number - 1, encode_body(value, refs)])
                    new.add(number)
            except codec.WireError:  # it can no longer travel: the test keeps what it has
                del self.numbers[id(self.objects.pop(number))]
        self.is_inside = False
        for number in new.union(self._new) & self.objects.keys():
            self._remember(number, self._text(self.objects[number], refs))
        return changed

    def _text(self, value: Any, refs: codec.Refs) -> str:
        """Return a content as text, in which no further container gets a number."""
        was_answering, self.is_answering = self.is_answering, False
        try:
            return codec.dumps(encode_body(value, refs))
        finally:
            self.is_answering = was_answering

    def _remember(self, number: int, text: str) -> None:
        self._chars += len(text) - len(self._texts.get(number, ""))
        self._texts[number] = text

    def retained(self, arguments: dict[int, Any]) -> list[Any]:
        """Return ``[argument, None, number]`` of each argument that the program holds beyond its call.

        Call when nothing but ``arguments`` refers to what the call left.
        """
        if not 0 < len(arguments) <= _MAX_ARGUMENTS or self._chars > _MAX_CHARS:
            return []
        if any(type(value).__module__ in codec.PANDAS for value in arguments.values()):
            return []
        held = {n for n in arguments if sys.getrefcount(arguments[n]) > _UNHELD}
        if not held:
            return []
        by_id = {id(value): n for n, value in arguments.items()}
        inside = dict.fromkeys(arguments, 0)
        for value in arguments.values():
            for part in parts_of(value):
                if id(part) in by_id:
                    inside[by_id[id(part)]] += 1
        waiting = [n for n in held if sys.getrefcount(arguments[n]) - inside[n] > _UNHELD]
        retained: dict[int, int] = {}
        while waiting:
            n = waiting.pop()
            if n not in retained and id(arguments[n]) not in self.numbers and len(self.objects) < _MAX_KEPT:
                retained[n] = self.add(arguments[n])
                waiting += [by_id[id(part)] for part in parts_of(arguments[n]) if id(part) in by_id]
        return [[n, None, number] for n, number in retained.items()]


def _unheld_references() -> int:
    """Return how often a container is referred to that only ``arguments`` refers to, counted as ``retained`` does."""
    arguments: dict[int, Any] = {0: [None]}
    return sys.getrefcount(arguments[0])


class _CountingRefs:
    """``wire.codec.Refs`` that counts the references to a container which nothing else refers to."""

    def __init__(self) -> None:
        self.aliases: dict[int, int] = {}
        self.counted = 0

    def alias(self, value: Any, depth: int) -> Any:  # noqa: ARG002
        self.counted = sys.getrefcount(value)
        return None


def _unkept_references() -> Iterator[int]:
    """Yield how often a container is referred to that is an item of an answer, and one that is the answer."""
    refs: Any = _CountingRefs()
    encode_items([[None]], refs, 0)
    yield refs.counted
    value = [None]
    yield sys.getrefcount(value)


_UNHELD = _unheld_references()
UNKEPT_ITEM, UNKEPT_ANSWER = _unkept_references()
