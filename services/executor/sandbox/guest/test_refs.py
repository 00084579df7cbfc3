"""The checker's end of references: stand-ins for the program's objects, and the test's own by number.

Every reference that arrives was written by an untrusted process: it is checked field by field, and the worst
it can name is another of the program's own objects. What of the test's a program may touch is a closed list:
calling a callback, drawing from an iterator, and the public attributes of an instance of a class that the
test defines. Never a function's attributes: its globals hold the tests.
"""

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import wire
from .operations import BINARY, IN_PLACE, OPERATIONS, UNARY, refill
from .standins import Asker, CallableStandin, Standin, valued

TEST_MODULE = "tests"
"""``__name__`` of the namespace tests run in: classes they define carry it."""
_TOOLS = frozenset({"random.Random", "_io.StringIO", "_io.BytesIO"})
"""Library classes whose instances tests hand to programs."""
_MAKING = frozenset({*BINARY, *IN_PLACE, *UNARY, "enter"})
"""Operations whose object is a test's own making if an operand is."""
_MUTABLE_BASES = (list, dict, set)


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the program's, named by number and nothing else."""

    number: int


class TestRefs:
    """``wire.Refs`` of the checker, for the life of one candidate."""

    __test__ = False

    def __init__(self, asker: Asker) -> None:
        self.aliases: dict[int, int] | None = None
        self.named: set[int] = set()
        self.made: set[int] = set()
        self.raised: list[BaseException] = []
        self._asker = asker
        self._standins: dict[int, Any] = {}
        self._exception_classes: dict[int, type] = {}
        self._class_numbers: dict[type, int] = {}
        self._tracked: list[Any] = []
        self._own: list[Any] = []
        self._live: dict[int, tuple[Any, str]] = {}

    # Arguments on their way out

    def track(self) -> None:
        """Start numbering the mutable containers among the arguments of one call."""
        self.aliases, self._tracked = {}, []

    def untrack(self) -> list[Any]:
        """Stop, and return the containers numbered, for ``apply`` and aliases in the answer."""
        self.aliases = None
        return self._tracked

    def alias(self, value: Any, depth: int) -> Any:
        """Number a mutable argument; write its content the first time."""
        assert self.aliases is not None
        known = self.aliases.get(id(value))
        if known is not None:
            return {"m": known}
        number = self.aliases[id(value)] = len(self._tracked)
        self._tracked.append(value)
        return {"m": number, "x": wire.encode_body(value, self, depth)}

    def apply(self, tracked: list[Any], changed: Any) -> None:
        """Give the test's containers the content the program left in its copies."""
        if type(changed) is not list:
            raise wire.WireError("malformed changes")
        self._tracked = tracked
        for entry in changed:
            number, body = entry
            original = tracked[_index(number, len(tracked))]
            content = wire.decode(body, self)
            if type(content) is not type(original):
                raise wire.WireError("an argument changed its type")
            refill(original, content)

    def export(self, value: object, depth: int) -> Any:
        """Stand for something that does not travel: the program's own object, or one of the test's."""
        if isinstance(value, Standin):
            return {"h": value._acecoder_number}  # noqa: SLF001
        number = getattr(type(value), "_acecoder_number", None)
        if type(number) is int:
            return {"h": number}
        if isinstance(value, type) and value in self._class_numbers:
            return {"h": self._class_numbers[value]}
        if isinstance(value, BaseException):
            described: dict[str, Any] = {
                "b": type(value).__name__,
                "a": wire.encode_items(value.args, self, depth),
            }
            if type(value) in self._class_numbers:
                described["h"] = self._class_numbers[type(value)]
            return {"h": None, "error": described}
        if type(value) is Reference:
            return {"h": value.number}
        if not self._may_be_used(value):
            raise TypeError(f"a {type(value).__name__} cannot be handed to the program")
        self._own.append(value)
        return {"h": -len(self._own)}

    # The test's objects, used by the program

    def _may_be_used(self, value: object) -> bool:
        return callable(value) or isinstance(value, Iterator) or _is_instance(value)

    def use(self, number: Any, operation: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Do what the program asks of an object it was handed; raise ``WireError`` if it may not."""
        if type(number) is not int or not -len(self._own) <= number <= -1:
            raise wire.WireError("no such object")
        target = self._own[-number - 1]
        instance = _is_instance(target)
        allowed = (
            (operation == "call" and callable(target))
            or (operation in ("iter", "next") and (instance or isinstance(target, Iterator)))
            or (operation in ("len", "getitem") and instance)
            or (operation == "getattr" and instance and _public(args))
            or (operation == "setattr" and type(target).__module__ == TEST_MODULE and _public(args))
        )
        if not allowed:
            raise AttributeError("a program may not do this to a test's object")
        return OPERATIONS[operation](target, *args, **kwargs)

    # The program's objects, on their way in

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return the stand-in (or own object, or tracked argument) a received reference names."""
        if "m" in tagged:
            return self._tracked[_index(tagged["m"], len(self._tracked))]
        number = tagged.get("h")
        if type(number) is not int or number > 1 << 40:
            raise wire.WireError("malformed reference")
        if number < 0:
            return self._own[_index(-number - 1, len(self._own))]
        if tagged.get("k") == "live":
            return self._live_container(number, tagged, depth)
        if "v" in tagged:
            return self._valued(number, tagged, depth)
        if tagged.get("k") == "error":
            return self.exception(tagged.get("x"))
        if number not in self._standins:
            self._standins[number] = self._standin(number, tagged)
        return self._standins[number]

    def _standin(self, number: int, tagged: dict[str, Any]) -> Any:
        kind = tagged.get("k")
        if kind == "exception":
            return self.exception_class(tagged.get("e"))
        if tagged.get("n") == "coroutine":
            return _coroutine(self._asker, Standin(self._asker, number, None))
        base = CallableStandin if kind in ("callable", "class") else Standin
        owner = tagged.get("c")
        return _named_class(base, tagged)(self._asker, number, owner if type(owner) is int else None)

    def _live_container(self, number: int, tagged: dict[str, Any], depth: int) -> Any:
        value = wire.decode(tagged["v"], self, depth)
        if type(value) not in wire.MUTABLE:
            raise wire.WireError("not a container")
        known = self._live.get(number)
        if known is not None and type(known[0]) is type(value):
            refill(known[0], value)
            value = known[0]
        self._live[number] = (value, self._content(value))
        return value

    def _content(self, value: Any) -> str:
        try:
            return wire.dumps(wire.encode_body(value, self))
        except (TypeError, wire.WireError):  # the test put something in that cannot travel
            return ""

    def touched(self) -> list[tuple[int, Any]]:
        """Return the number and new content of live containers the test changed since they were last seen."""
        changed = []
        for number, (value, seen) in self._live.items():
            content = self._content(value)
            if content != seen:
                self._live[number] = (value, content)
                changed.append((number, value))
        return changed

    def _valued(self, number: int, tagged: dict[str, Any], depth: int) -> Any:
        value = wire.decode(tagged["v"], self, depth)
        named = tagged.get("c") in self.named
        if named and isinstance(value, _MUTABLE_BASES):
            return self._standins.setdefault(number, self._standin(number, tagged))
        if type(value) not in (int, float, str, bytes, tuple, list, dict, set, frozenset, complex):
            raise wire.WireError("not a builtin value")
        overridden = [name for name in tagged.get("o", ()) if type(name) is str and name.isidentifier()]
        return valued(self._asker, number, _class_name(tagged), value, overridden)

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

    # Exceptions

    def exception_class(self, described: Any) -> type:
        """Return a class that tests can catch: known to all, or a mirror of the program's."""
        known = _known_exception(described.get("module"), described.get("name"))
        for number, name in reversed(described.get("own", [])[:20]):
            if type(number) is not int:
                raise wire.WireError("malformed exception")
            mirror = self._exception_classes.get(number)
            if mirror is None:
                mirror = self._mirror(str(name)[:100], known)
                self._exception_classes[number] = mirror
                self._class_numbers[mirror] = number
            known = mirror
        return known

    def _mirror(self, name: str, base: type) -> type:
        """Return a class like the program's; one that a test makes itself is made by the program."""

        def init(error: BaseException, *args: Any, **kwargs: Any) -> None:
            made = self._asker.ask("call", type(error), *args, **kwargs)
            if isinstance(made, BaseException):
                error.args = made.args
                error.__dict__.update(made.__dict__)

        return type(name, (base,), {"__module__": "program", "__init__": init, "_acecoder_base": base})

    def raised_by(self, described: Any) -> BaseException:
        """Return the like of what the program raised, and remember that it did."""
        error = self.exception(described)
        self.raised.append(error)
        return error

    def exception(self, described: Any) -> BaseException:
        """Return the like of an exception of the program's."""
        if type(described) is not dict:
            raise wire.WireError("malformed exception")
        cls = self.exception_class(described)
        args = wire.decode_items(described.get("a", []), self, 0)
        error: BaseException = cls.__new__(cls, *args)
        known = next(base for base in cls.__mro__ if "_acecoder_base" not in vars(base))
        try:
            known.__init__(error, *args)  # type: ignore[misc]
        except Exception:  # noqa: BLE001  -- a signature its arguments do not fit: they are set all the same
            error.args = tuple(args)
        for name, value in dict(described.get("d", {})).items():
            if name.isidentifier() and not name.startswith("_"):
                error.__dict__[name] = wire.decode(value, self)
        return error


async def _coroutine(asker: Asker, standin: Standin) -> Any:
    """A coroutine of the program's, as one of this process: awaiting it runs it there."""
    return asker.ask("await", standin)


def _public(args: list[Any]) -> bool:
    return bool(args) and type(args[0]) is str and not args[0].startswith("_")


def number_of(value: Any) -> int | None:
    """Return the number of an object of the program's; ``None`` for anything else."""
    if isinstance(value, Standin):
        return int(value._acecoder_number)  # noqa: SLF001
    number = getattr(type(value), "_acecoder_number", None)
    return number if type(number) is int else None


def _is_instance(value: object) -> bool:
    """Whether this is an object whose public attributes a program may use: a test's own, or a harmless tool."""
    cls = type(value)
    return cls.__module__ == TEST_MODULE or f"{cls.__module__}.{cls.__name__}" in _TOOLS


def _index(number: Any, size: int) -> int:
    if type(number) is not int or not 0 <= number < size:
        raise wire.WireError("no such object")
    return number


def _class_name(tagged: dict[str, Any]) -> str:
    name = tagged.get("n")
    return name[:100] if type(name) is str and name.isidentifier() else "object"


_KINDS: dict[str, type] = {
    "generator": types.GeneratorType,
    "async_generator": types.AsyncGeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "module": types.ModuleType,
    **{kind.__name__: kind for kind in (map, filter, zip, enumerate, reversed)},
}
"""What a stand-in says it is to ``isinstance``."""
_CLASSES: dict[tuple[type, str], type] = {}


def _named_class(base: type, tagged: dict[str, Any]) -> type:
    """Return a stand-in class that bears the name of the program's, so that ``type(x).__name__`` is right."""
    key = (base, _class_name(tagged))
    if key not in _CLASSES:
        if len(_CLASSES) > 1000:  # a program may invent names without end
            return base
        kind = _KINDS.get(key[1])
        own_class = {} if kind is None else {"__class__": property(lambda _self: kind)}
        _CLASSES[key] = type(key[1], (base,), {"__slots__": (), **own_class})
    return _CLASSES[key]


def _known_exception(module: Any, name: Any) -> type:
    """Look an exception up among the standard library's, in modules already loaded here."""
    if type(module) is not str or type(name) is not str or module not in sys.modules:
        return Exception
    if module.partition(".")[0] in sys.stdlib_module_names:
        found = vars(sys.modules[module]).get(name)
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
    return Exception
