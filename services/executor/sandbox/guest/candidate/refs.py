"""Keeps the candidate's table of references: the program's objects by number. ``proxies`` keeps the test's objects.

Numbers from 0 up are the program's objects, negative numbers the test's.
"""

import builtins
import re
import sys
from collections import deque
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode, encode_body
from ..wire.library_values import KEPT_FROM, MAX_PATTERNS, encode_pattern, has_program_object
from ..wire.nans import NaNs
from ..wire.operations import is_wrapper
from .exceptions import clear_frames, describe_exception
from .kept import UNKEPT_ITEM, KeptContainers
from .proxies import ProxyTable, UseTestObject

_KEPT_RAISED = 32
"""Exceptions that were raised are kept until as many more were: a test looks at the last one, or at a few."""

_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__pos__),
    (float, float.__pos__),
    (str, lambda value: str.__add__(value, "")),
    (bytes, lambda value: bytes.__add__(value, b"")),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (list, lambda value: list(list.__iter__(value))),
    (dict, lambda value: dict(dict.items(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    (complex, complex.__pos__),
)
"""Builtin types, each with how to get the builtin value of a subclass's instance without calling its methods.

Instances of their subclasses travel as a reference together with that value.
"""


class ProgramRefs:
    """``wire.codec.Refs`` of the candidate."""

    def __init__(self, use: UseTestObject) -> None:
        self.aliases: dict[int, int] | None = None
        self.exported = False
        """Whether an object of the program has been exported since the caller last cleared this."""
        self.kept = KeptContainers()
        self.nans = NaNs(is_test=False)
        self._patterns: set[re.Pattern[Any]] = set()
        """Those that have travelled by value."""
        self._proxies = ProxyTable(use)
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._arguments: dict[int, Any] = {}
        self._raised: deque[int] = deque()
        """Numbers of the exceptions that are kept only because they were raised."""

    # Objects of the program

    def number_of(self, value: object) -> int:
        """Return the number of an object, always the same one; the object is kept alive."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return number

    def number_of_raised(self, error: BaseException) -> int:
        """Return the number of an exception that was raised; it is kept for a while, without its local variables."""
        number = self._numbers.get(id(error))
        if number is None:
            clear_frames(error)
            number = self.number_of(error)
            self._raised.append(number)
            if len(self._raised) > _KEPT_RAISED:
                oldest = self._raised.popleft()
                self._numbers.pop(id(self._objects[oldest]), None)
                self._objects[oldest] = None
        return number

    def export(self, value: object, depth: int) -> Any:
        """Return the reference to an object that does not travel: its number, and a description for its proxy."""
        proxy_number = self._proxies.number_of(value)
        if proxy_number is not None:
            return {"h": proxy_number}
        cls = type(value)
        if cls is re.Pattern and (pattern := self._pattern_by_value(value)) is not None:
            return pattern
        self.exported = True
        reference: dict[str, Any] = {"h": self.number_of(value)}
        if isinstance(value, type):
            reference["k"] = "exception" if issubclass(value, BaseException) else "class"
            reference["n"] = value.__name__
            if issubclass(value, BaseException):
                reference["e"] = self.exception_class(value)
            return reference
        if isinstance(value, BaseException):
            if reference["h"] in self._raised:
                self._raised.remove(reference["h"])
            return {**reference, "k": "error", "x": describe_exception(value, self)}
        reference["k"] = "callable" if callable(value) else "wrapper" if is_wrapper(cls) else "object"
        reference["n"] = cls.__name__
        if not (hasattr(cls, "__bool__") or hasattr(cls, "__len__")):
            reference["true"] = 1  # like any object without a truth of its own
        if cls.__module__ not in ("builtins", "types"):
            reference["c"] = self.number_of(cls)
            library = _library_class(cls)
            if library is not None:
                reference["lib"] = [library.__module__, library.__qualname__]
        for base, plain in _BASES if cls is not FunctionType else ():
            if isinstance(value, base) and cls is not base:
                reference["v"] = encode(plain(value), self, depth + 1)
                reference["o"] = _overridden(cls, base)
                break
        return reference

    def _pattern_by_value(self, value: Any) -> Any:
        """Return a pattern by value; ``None`` if it stays here."""
        if len(self._patterns) >= MAX_PATTERNS and value not in self._patterns:
            return None
        pattern = encode_pattern(value)
        if pattern is not None:
            self._patterns.add(value)
        return pattern

    def exception_class(self, cls: type) -> dict[str, Any]:
        """Describe an exception class: the program's classes it derives from, then the first class that both sides
        have. ``lib`` is a class before it that the checker has if it has loaded that library. ``bases`` are those of
        each of the program's classes, if one has several.
        """
        own: list[Any] = []
        classes: list[type] = []
        shared: type | None = None
        library: type | None = None
        for base in cls.__mro__:
            top = base.__module__.partition(".")[0]
            if top in sys.stdlib_module_names or top in codec.SCIENTIFIC:
                shared = shared or base
            elif top in codec.LIBRARIES:
                library = library or (None if shared else base)
            elif issubclass(base, BaseException):
                proxy_number = self._proxies.number_of(base)
                own.append([self.number_of(base) if proxy_number is None else proxy_number, base.__name__])
                classes.append(base)
        assert shared is not None  # ``object`` is one
        described: dict[str, Any] = {"own": own, "module": shared.__module__, "name": shared.__qualname__}
        if library is not None:
            described["lib"] = [library.__module__, library.__qualname__]
        if any(len(base.__bases__) > 1 for base in classes):
            described["bases"] = [_bases_among(classes, base) for base in classes]
        return described

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return the object of a reference. A tracked argument is built when it first occurs."""
        if "error" in tagged:
            return self.exception(tagged["error"])
        if "m" not in tagged:
            number = tagged["h"]
            if number >= KEPT_FROM:
                return self.kept.objects[number]
            if number >= 0:
                return self._objects[number]
            return self._proxies.get(tagged, lambda parts: [decode(part, self, depth + 1) for part in parts])
        if "x" in tagged:
            self._arguments[tagged["m"]] = decode(tagged["x"], self, depth + 1)
        return self._arguments[tagged["m"]]

    def pattern(self, text: Any, flags: Any) -> Any:
        """Return a pattern of the test's."""
        return re.compile(text, flags)

    def adopt_builtin(self, value: Any) -> Any:
        """Return the class or function as it is."""
        return value

    def adopt_numpy(self, value: Any) -> Any:
        """Return the array or number as it is: a program gets plain ones."""
        return value

    def adopt_pandas(self, value: Any) -> Any:
        """Return the value as it is."""
        return value

    # Arguments that the call may change

    def snapshot(self) -> dict[int, str]:
        """Return the content of each tracked argument, before the call."""
        if not self._arguments:
            return {}
        self.aliases = {id(value): number for number, value in self._arguments.items()}
        return {number: codec.dumps(encode_body(value, self)) for number, value in self._arguments.items()}

    def changed(self, before: dict[int, str]) -> list[Any] | None:
        """Return ``[number, content]`` of each argument that differs from the snapshot; ``None`` if none does.

        A frame in which the program has put its own objects stays in the test as it was.
        """
        if not before:
            return None
        after = [(number, encode_body(self._arguments[number], self)) for number in before]
        changed = [[number, body] for number, body in after if codec.dumps(body) != before[number]]
        return [entry for entry in changed if entry[1] is not None] or None

    def retained(self) -> list[Any]:
        """Return those tracked arguments that the program holds beyond the call (``KeptContainers.retained``)."""
        return self.kept.retained(self._arguments) if self._arguments else []

    def start_arguments(self) -> tuple[dict[int, int] | None, dict[int, Any]]:
        """Begin the arguments of a call; return those of the call around it, for ``end_arguments``."""
        outer = self.aliases, self._arguments
        self.aliases, self._arguments = None, {}
        return outer

    def end_arguments(self, outer: tuple[dict[int, int] | None, dict[int, Any]]) -> None:
        """Forget the tracked arguments, at the end of a call."""
        self.aliases, self._arguments = outer

    def start_answer(self, *, is_reached: bool = False) -> None:
        """Begin to encode an answer, in which containers may get numbers; ``is_reached``: it is a part of an object."""
        if self.aliases is None:
            self.aliases = {}
        self.kept.start_answer(is_reached=is_reached)

    def alias(self, value: Any, depth: int) -> Any:
        """Return the reference to a kept container or a tracked argument; any other container travels by value.

        An argument that is kept has two numbers. That of the kept container is the same in every call, so a content
        that did not change stays the same text.
        """
        kept = self.kept
        if kept.numbers and id(value) in kept.numbers:
            return kept.reference(kept.numbers[id(value)])
        number = self.aliases.get(id(value)) if self.aliases else None
        if number is not None:
            return {"m": number}
        is_frame = type(value).__module__ in codec.PANDAS  # a frame in an answer is a copy
        if kept.is_answering and not is_frame and kept.may_keep(sys.getrefcount(value), UNKEPT_ITEM):
            return kept.keep(value, self, depth)
        return encode_body(value, self, depth)

    def namespace(self, value: object, pairs: list[Any], depth: int) -> Any:
        """Return a namespace by value if it holds plain data or is an argument; else it is an object like any other."""
        is_argument = self.aliases is not None and id(value) in self.aliases
        return {"S": pairs} if is_argument or not has_program_object(pairs) else self.export(value, depth)

    # Exceptions

    def exception(self, described: dict[str, Any]) -> BaseException:
        """Rebuild an exception that a callback raised, or that a test passes to ``__exit__``."""
        kept = self._objects[described["i"]] if "i" in described else None
        if kept is not None:
            return kept  # type: ignore[no-any-return]
        number = described.get("h")
        cls = self._objects[number] if number is not None else getattr(builtins, described["b"], Exception)
        if "c" in described:
            cls = decode(described["c"], self)
        error: BaseException = cls(*[decode(value, self) for value in described.get("a", ())])
        return error


def _bases_among(classes: list[type], cls: type) -> list[Any]:
    """Return the exceptions among the bases of a class: the position of one in ``classes``, else module and name."""
    return [
        classes.index(base) if base in classes else [base.__module__, base.__qualname__]
        for base in cls.__bases__
        if issubclass(base, BaseException)
    ]


def _library_class(cls: type) -> type | None:
    """Return the first class of a library among a class and its bases, if a proxy may claim to be of it."""
    for base in cls.__mro__:
        top = str(base.__module__).partition(".")[0]
        if (
            top in codec.LIBRARIES
            or top in codec.LIBRARY_MODULES
            or (base is cls and top in codec.EXACT_MODULES)
        ):
            return base
        if top in sys.stdlib_module_names:
            return None
    return None


def _overridden(cls: type, base: type) -> list[str]:
    """Return the names of ``base`` that ``cls`` overrides, and ``__missing__`` if it has that."""
    names: set[str] = set()
    for parent in cls.__mro__:
        if parent is base:
            break
        names.update(name for name in vars(parent) if hasattr(base, name) or name == "__missing__")
    return sorted(names)
