"""Keeps the test's copies of containers that the program holds too: what one side changes, the other sees.

The candidate numbers them (``candidate.kept``). One number is one object of the test's: in one answer, in later
answers of the running test, and as an argument. When an answer arrives, those that the program changed are refilled, at
the same moment as in plain Python: only a call can change them. What the test changed is sent before the next call.

A program may give any of its answers any number; with a list that it returns twice, it can do the same in plain Python.
When the next test begins, all are forgotten.
"""

import sys
from dataclasses import dataclass
from typing import Any

from ..wire import codec
from ..wire.encoder import encode_body
from ..wire.operations import parts_of, refill

_MAX_SHARED = 2000
_MAX_CHARS = 4 << 20
"""Of what is kept, in number and as text: more than an honest candidate numbers. Beyond, a container is a copy only."""


@dataclass(frozen=True, slots=True)
class Content:
    """A container whose content is to be sent, rather than its number."""

    container: Any


@dataclass(slots=True)
class _Shared:
    container: Any
    text: str
    """Its content when both sides had the same."""
    is_argument: bool
    """Whether the test made it, and passed it to the program."""


class SharedContainers:
    """The containers that the running test shares with one program."""

    def __init__(self, refs: codec.Refs) -> None:
        self._refs = refs
        self._shared: dict[int, _Shared] = {}
        self._numbers: dict[int, int] = {}
        """``id`` → number."""
        self._chars = 0
        self.is_comparing = False
        """Whether a content is being encoded, whose containers are not arguments of a call."""

    def forget(self) -> bool:
        """Forget all; return whether there were any."""
        had_any = bool(self._shared)
        if had_any:
            self._shared.clear()
            self._numbers.clear()
            self._chars = 0
        return had_any

    def reference(self, value: Any) -> Any:
        """Return the reference to a shared container; ``None`` for any other."""
        number = self._numbers.get(id(value)) if self._numbers else None
        return None if number is None else {"h": number}

    def get(self, number: int) -> Any:
        """Return a container by its number. Raises ``WireError``."""
        shared = self._shared.get(number)
        if shared is None:
            raise codec.WireError("no such container")
        return shared.container

    def add(self, number: Any, value: Any, *, is_argument: bool) -> Any:
        """Share a container under a new number, and return it. A known number would change a container of the test's
        without a mark; the candidate gives none twice.
        """
        if type(number) is not int or number in self._shared or not _is_container(value):
            raise codec.WireError("not a new container")
        if len(self._shared) >= _MAX_SHARED or self._chars > _MAX_CHARS or id(value) in self._numbers:
            return value
        text = self._text(value)
        self._chars += len(text)
        self._shared[number] = _Shared(value, text, is_argument)
        self._numbers[id(value)] = number
        return value

    def note_contents(self, numbers: list[int]) -> None:
        """Note the contents of containers again, once all that arrived with them have numbers: a part that has one is
        encoded as its number.
        """
        for number in numbers:
            shared = self._shared.get(number)
            if shared is not None:
                shared.text = self._text(shared.container)

    def apply(self, number: int, content: Any) -> None:
        """Refill a container that the program changed. A number that is not shared here is ignored."""
        shared = self._shared.get(number)
        if shared is not None and may_become(shared.container, content):
            refill(shared.container, content)
            shared.text = self._text(shared.container)

    def is_any_held(self, numbers: list[int], last: Any) -> bool:
        """Whether the test itself holds one of these containers; ``last``: the last answer, which the caller holds."""
        waiting = {}
        for number in numbers:
            shared = self._shared.get(number)
            if shared is not None:
                references = sys.getrefcount(shared.container)
                if shared.container is last:
                    references -= 2  # the caller's and ``last``
                if references > _UNHELD:
                    waiting[id(shared.container)] = references
        if waiting:
            for shared in self._shared.values():
                for part in parts_of(shared.container):
                    if id(part) in waiting:
                        waiting[id(part)] -= 1
        return any(references > _UNHELD for references in waiting.values())

    def changed_by_test(self) -> list[tuple[int, Content, bool]]:
        """Return number and content of what the test has changed since both sides had the same, and whether it is an
        argument of the test's.
        """
        changed = []
        for number, shared in self._shared.items():
            text = self._text(shared.container)
            if text != shared.text:
                shared.text = text
                changed.append((number, Content(shared.container), shared.is_argument))
        return changed

    def _text(self, value: Any) -> str:
        """Return the encoded content of a container; empty if it cannot be encoded."""
        refs = self._refs
        aliases, refs.aliases = refs.aliases, {}
        self.is_comparing = True
        try:
            return codec.dumps(encode_body(value, refs))
        except (TypeError, ValueError, codec.WireError):  # the test put something in that cannot be encoded
            return ""
        finally:
            self.is_comparing = False
            refs.aliases = aliases


def _is_container(value: Any) -> bool:
    return type(value) in codec.MUTABLE or _is_array(value)


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "ndim")


def may_become(original: Any, content: Any) -> bool:
    """Whether a call can leave this content in a container: an array keeps its shape and type of numbers."""
    if type(original).__module__ != "numpy":
        return type(content) is type(original)
    if type(content).__module__ != "numpy":
        return False
    return bool(content.shape == original.shape and content.dtype == original.dtype)


def _unheld_references() -> int:
    """Return how often a container is referred to that only ``_Shared`` refers to, counted as ``is_any_held`` does."""
    shared = _Shared([None], "", is_argument=False)
    return sys.getrefcount(shared.container)


_UNHELD = _unheld_references()
