"""Resolves references from the program to proxies, and replaces the test's objects by references.

It is the checker's counterpart of ``candidate.refs``. Every reference that arrives was written by an untrusted process:
it is checked field by field, and the worst that it can name is another of the program's own objects.

Left to other modules: how proxies behave (``proxies``, ``proxy_classes``), exceptions (``remote_exceptions``), what a
program may do with the test's objects (``exports``), which objects the test made (``provenance``).
"""

import re
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode_body, encode_items
from ..wire.library_values import KEPT_FROM, MAX_PATTERNS, is_quick_pattern
from ..wire.nans import NaNs
from ..wire.operations import PLAIN_BASES, refill
from .awaiting import perform_awaited
from .candidate_caller import CandidateCaller
from .container_proxies import ContainerProxy
from .empty_answers import empty_answers
from .exports import ExportedObjects
from .given_classes import GivenClasses
from .provenance import Provenance
from .proxies import CallableProxy, ClassProxy, Proxy
from .proxy_classes import ClassesByName, class_number_in, container_class, named_class, value_proxy
from .remote_exception_classes import error_number
from .remote_exceptions import RemoteExceptions
from .remote_object import object_number
from .shared_containers import Content, SharedContainers, may_become

_MAX_NUMBER = 1 << 40
"""More objects than a program can make; it keeps numbers small."""
_BUILTIN_VALUES = (int, float, str, bytes, tuple, list, dict, set, frozenset, complex)


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the program's, by its number alone: what is sent instead of it."""

    number: int


class CheckerRefs:
    """The checker's ``wire.codec.Refs``, for the life of one candidate."""

    def __init__(self, caller: CandidateCaller) -> None:
        self.aliases: dict[int, int] | None = None
        self.provenance = Provenance()
        self.exports = ExportedObjects(self)
        self.exceptions = RemoteExceptions(self, caller, self.exports)
        self.classes = GivenClasses(caller)
        self._caller = caller
        self._proxies: dict[int, Any] = {}
        self._values: dict[int, Any] = {}
        self._classes: ClassesByName = {}
        self._tracked: list[Any] = []
        self.received: list[int] = []
        """Numbers of the program's objects that arrived with the last answer, as often as they did."""
        self.shared = SharedContainers(self)
        self.nans = NaNs(is_test=True)
        self._patterns: dict[tuple[Any, Any], re.Pattern[Any]] = {}

    # Arguments on their way out

    def start_tracking(self) -> None:
        """Start numbering the mutable containers among the arguments of one call."""
        self.aliases, self._tracked = {}, []

    def stop_tracking(self) -> list[Any]:
        """Stop numbering; return the containers, for ``apply_changes`` and for aliases in the answer."""
        self.aliases = None
        return self._tracked

    def alias(self, value: Any, depth: int) -> Any:
        """Number a mutable argument; encode its content the first time."""
        assert self.aliases is not None
        shared = self.shared.reference(value)
        if shared is not None:
            return shared
        if self.shared.is_comparing:
            return encode_body(value, self, depth)
        earlier = self.aliases.get(id(value))
        if earlier is not None:
            return {"m": earlier}
        number = self.aliases[id(value)] = len(self._tracked)
        self._tracked.append(value)
        return {"m": number, "x": encode_body(value, self, depth)}

    def namespace(self, value: object, pairs: list[Any], depth: int) -> Any:  # noqa: ARG002
        """Return a namespace by value."""
        return {"S": pairs}

    def start_answer(self, tracked: list[Any]) -> None:
        """Begin to decode the answer to a call with these arguments."""
        self._tracked, self.received = tracked, []

    def apply_changes(self, tracked: list[Any], changed: Any) -> tuple[bool, list[int]]:
        """Give the test's containers the content that the program left in its own.

        Returns whether that changed an argument, and the numbers of the other containers that it changed.
        """
        if type(changed) is not list:
            raise codec.WireError("malformed changes")
        has_changed_argument, numbers, added = False, [], []
        for number, body, *kept in changed:
            if kept:
                self.shared.add(kept[0], tracked[_index(number, len(tracked))], is_argument=True)
                added.append(kept[0])
            elif type(number) is int and number < 0:
                self.shared.apply(-number - 1, decode(body, self))
                numbers.append(-number - 1)
            else:
                original = tracked[_index(number, len(tracked))]
                content = decode(body, self)
                if not may_become(original, content):
                    raise codec.WireError("an argument changed its type")
                refill(original, content)
                has_changed_argument = True
        self.shared.note_contents(added)
        return has_changed_argument, numbers

    def export(self, value: object, depth: int) -> Any:
        """Return the reference to an object that is not plain data: the program's own, or one of the test's."""
        number = object_number(value)
        if number is not None:
            return {"h": number}
        if isinstance(value, type) and value in self.exceptions.numbers:
            return {"h": self.exceptions.numbers[value]}
        if isinstance(value, BaseException):
            described: dict[str, Any] = {
                "b": type(value).__name__,
                "a": encode_items(value.args, self, depth),
            }
            if type(value) in self.exceptions.numbers:
                described["h"] = self.exceptions.numbers[type(value)]
            if error_number(value) is not None:
                described["i"] = error_number(value)
            return {"h": None, "error": described}
        if type(value) is Reference:
            return {"h": value.number}
        if type(value) is Content:
            return encode_body(value.container, self, depth)
        if type(value) is CoroutineType and (proxy := _awaited_by(value)) is not None:
            return {"h": object_number(proxy)}
        return self.exports.export(value)

    # The program's objects, on their way in

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return what a received reference names: a proxy, a tracked argument, or one of the test's own objects."""
        if "m" in tagged:
            return self._tracked[_index(tagged["m"], len(self._tracked))]
        number = tagged.get("h")
        if type(number) is not int or number > _MAX_NUMBER:
            raise codec.WireError("malformed reference")
        if number < 0:
            return self.exports.get(number)
        if number >= KEPT_FROM:
            if "v" not in tagged:
                return self.shared.get(number)
            return self.shared.add(number, decode(tagged["v"], self, depth), is_argument=False)
        self.received.append(number)
        if "v" in tagged:
            return self._value_proxy(number, tagged, depth)
        if tagged.get("k") == "error":
            return self.exceptions.rebuild(tagged.get("x"))
        if number not in self._proxies:
            self._proxies[number] = self._create_proxy(number, tagged)
        proxy = self._proxies[number]
        return self.adopt_builtin(proxy) if type(proxy) is type else proxy

    def adopt_builtin(self, value: Any) -> Any:
        """Return a class or function of the language as it is; note a class."""
        self.classes.receive(value)
        return value

    def _create_proxy(self, number: int, tagged: dict[str, Any]) -> Any:
        kind = tagged.get("k")
        if kind == "exception":
            return self.exceptions.class_of(tagged.get("e"))
        if tagged.get("n") == "coroutine":
            return _coroutine(self._caller, Proxy(self._caller, number, None))
        base = {"callable": CallableProxy, "class": ClassProxy, "wrapper": ContainerProxy}.get(
            str(kind), Proxy
        )
        cls = named_class(base, tagged, self._classes, self._caller)
        is_asked = tagged.get("true") != 1 and kind not in ("class", "exception")
        return cls(self._caller, number, class_number_in(tagged), has_own_truth=is_asked)

    def _value_proxy(self, number: int, tagged: dict[str, Any], depth: int) -> Any:
        value = decode(tagged["v"], self, depth)
        is_named = tagged.get("c") in self.provenance.named_classes
        if is_named and isinstance(value, PLAIN_BASES):
            if number not in self._proxies:
                cls = container_class(tagged, value, self._classes, self._caller)
                self._proxies[number] = cls(self._caller, number, class_number_in(tagged))
            return self._proxies[number]
        if type(value) not in _BUILTIN_VALUES:
            raise codec.WireError("not a builtin value")
        overridden = [name for name in tagged.get("o", ()) if type(name) is str and name.isidentifier()]
        proxy = self._values.get(number)  # one object is one value: ``is`` holds for members of an IntEnum
        if proxy is None or type(proxy).__base__ is not type(value) or proxy != value or proxy is value:
            proxy = value_proxy(self._caller, number, tagged, value, overridden)
            if not isinstance(value, PLAIN_BASES):
                self._values[number] = proxy
        return proxy

    def pattern(self, text: Any, flags: Any) -> Any:
        """Compile a pattern of the program's: a test uses it at the cost of its own time."""
        if not is_quick_pattern(text, flags):
            raise codec.WireError("not a pattern")
        if (text, flags) not in self._patterns:
            if len(self._patterns) >= MAX_PATTERNS:
                raise codec.WireError("too many patterns")
            self._patterns[text, flags] = re.compile(text, flags)
        return self._patterns[text, flags]

    def adopt_numpy(self, value: Any) -> Any:
        """Return the form in which a test gets an array or number of numpy's: it compares by value."""
        from .numpy_arrays import adopt  # noqa: PLC0415  -- only where numpy is loaded

        return adopt(value)

    def adopt_pandas(self, value: Any) -> Any:
        """Return a value of pandas' as it is; note an empty one, which a test may compare with a number."""
        if getattr(value, "size", 1) == 0:
            empty_answers.seen = True
        return value


def _awaited_by(coroutine: Any) -> Any:
    """Return the proxy of the program's coroutine that a coroutine of ours awaits, if it has not begun to."""
    frame = coroutine.cr_frame  # ``None`` once it has ended
    has_begun = coroutine.cr_running or coroutine.cr_suspended
    is_ours = coroutine.cr_code is _coroutine.__code__ and frame is not None and not has_begun
    return frame.f_locals["proxy"] if is_ours else None


async def _coroutine(caller: CandidateCaller, proxy: Proxy) -> Any:
    """Return a coroutine of this process that, awaited, runs the program's coroutine in the candidate."""
    return await perform_awaited(caller, "await", proxy)


def _index(number: Any, size: int) -> int:
    """Return a number that the program wrote, if it is an index below ``size``. Raises ``WireError``."""
    if type(number) is not int or not 0 <= number < size:
        raise codec.WireError("no such object")
    return number
