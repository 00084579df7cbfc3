"""The checker's end of references: what a number from the program stands for, and what is sent in an object's place.

Every reference that arrives was written by an untrusted process: it is checked field by field, and the worst
it can name is another of the program's own objects. The checker's answer to ``program_refs``.

Left to others: the stand-ins' behaviour (``standins``, ``standin_classes``), exceptions (``mirrors``), what a
program may do with the test's objects (``lent``), which objects the test made itself (``provenance``).
"""

from dataclasses import dataclass
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode_body, encode_items
from ..wire.operations import refill
from .exports import Lent
from .provenance import Provenance
from .proxies import Asker, CallableStandin, ClassStandin, Standin, number_of
from .proxy_classes import ClassesByName, class_name, named_class, valued
from .remote_exceptions import Mirrors

_MUTABLE_BASES = (list, dict, set)
_BUILTIN_VALUES = (int, float, str, bytes, tuple, list, dict, set, frozenset, complex)


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the program's, named by number and nothing else."""

    number: int


class CheckerRefs:
    """``wire.Refs`` of the checker, for the life of one candidate."""

    def __init__(self, asker: Asker) -> None:
        self.aliases: dict[int, int] | None = None
        self.provenance = Provenance()
        self.lent = Lent(self)
        self.mirrors = Mirrors(self, asker, self.lent)
        self._asker = asker
        self._standins: dict[int, Any] = {}
        self._values: dict[int, Any] = {}
        self._classes: ClassesByName = {}
        self._tracked: list[Any] = []
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
        return {"m": number, "x": encode_body(value, self, depth)}

    def apply(self, tracked: list[Any], changed: Any) -> None:
        """Give the test's containers the content the program left in its copies."""
        if type(changed) is not list:
            raise codec.WireError("malformed changes")
        self._tracked = tracked
        for entry in changed:
            number, body = entry
            original = tracked[_index(number, len(tracked))]
            content = decode(body, self)
            if type(content) is not type(original):
                raise codec.WireError("an argument changed its type")
            refill(original, content)

    def export(self, value: object, depth: int) -> Any:
        """Stand for something that does not travel: the program's own object, or one of the test's."""
        number = number_of(value)
        if number is not None:
            return {"h": number}
        if isinstance(value, type) and value in self.mirrors.numbers:
            return {"h": self.mirrors.numbers[value]}
        if isinstance(value, BaseException):
            described: dict[str, Any] = {
                "b": type(value).__name__,
                "a": encode_items(value.args, self, depth),
            }
            if type(value) in self.mirrors.numbers:
                described["h"] = self.mirrors.numbers[type(value)]
            return {"h": None, "error": described}
        if type(value) is Reference:
            return {"h": value.number}
        return self.lent.lend(value)

    # The program's objects, on their way in

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return the stand-in (or own object, or tracked argument) a received reference names."""
        if "m" in tagged:
            return self._tracked[_index(tagged["m"], len(self._tracked))]
        number = tagged.get("h")
        if type(number) is not int or number > 1 << 40:
            raise codec.WireError("malformed reference")
        if number < 0:
            return self.lent.of(number)
        if tagged.get("k") == "live":
            return self._live_container(number, tagged, depth)
        if "v" in tagged:
            return self._valued(number, tagged, depth)
        if tagged.get("k") == "error":
            return self.mirrors.exception(tagged.get("x"))
        if number not in self._standins:
            self._standins[number] = self._standin(number, tagged)
        return self._standins[number]

    def _standin(self, number: int, tagged: dict[str, Any]) -> Any:
        kind = tagged.get("k")
        if kind == "exception":
            return self.mirrors.exception_class(tagged.get("e"))
        if tagged.get("n") == "coroutine":
            return _coroutine(self._asker, Standin(self._asker, number, None))
        base = {"callable": CallableStandin, "class": ClassStandin}.get(str(kind), Standin)
        owner = tagged.get("c")
        cls = named_class(base, tagged, self._classes)
        return cls(self._asker, number, owner if type(owner) is int else None)

    def _valued(self, number: int, tagged: dict[str, Any], depth: int) -> Any:
        value = decode(tagged["v"], self, depth)
        named = tagged.get("c") in self.provenance.named
        if named and isinstance(value, _MUTABLE_BASES):
            return self._standins.setdefault(number, self._standin(number, tagged))
        if type(value) not in _BUILTIN_VALUES:
            raise codec.WireError("not a builtin value")
        overridden = [name for name in tagged.get("o", ()) if type(name) is str and name.isidentifier()]
        known = self._values.get(number)  # one object is one value: ``is`` holds for members of an IntEnum
        if known is None or type(known).__base__ is not type(value) or known != value or known is value:
            known = valued(self._asker, number, class_name(tagged), value, overridden)
            if not isinstance(value, _MUTABLE_BASES):
                self._values[number] = known
        return known

    # Containers reached through an object of the program's

    def _live_container(self, number: int, tagged: dict[str, Any], depth: int) -> Any:
        value = decode(tagged["v"], self, depth)
        if type(value) not in codec.MUTABLE:
            raise codec.WireError("not a container")
        known = self._live.get(number)
        if known is not None and type(known[0]) is type(value):
            refill(known[0], value)
            value = known[0]
        self._live[number] = (value, self._content(value))
        return value

    def _content(self, value: Any) -> str:
        try:
            return codec.dumps(encode_body(value, self))
        except (TypeError, codec.WireError):  # the test put something in that cannot travel
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


async def _coroutine(asker: Asker, standin: Standin) -> Any:
    """A coroutine of the program's, as one of this process: awaiting it runs it there."""
    return asker.ask("await", standin)


def _index(number: Any, size: int) -> int:
    if type(number) is not int or not 0 <= number < size:
        raise codec.WireError("no such object")
    return number
