"""The classes of stand-ins: one for each name a program's class bears, and those of builtins' subclasses.

A stand-in says it is what the program's object is (``type(x).__name__``, ``isinstance``); a subclass of a builtin is
its builtin value, with what the program's class adds. Names and lists of overridden methods come from the program.
"""

import re
import types
from collections.abc import Callable
from typing import Any

from ..wire.operations import BINARY
from .proxies import Asker
from .proxies import attribute as attribute_of

_KINDS: dict[str, type] = {
    "generator": types.GeneratorType,
    "async_generator": types.AsyncGeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "module": types.ModuleType,
    "Match": re.Match,
    "Pattern": re.Pattern,
    **{kind.__name__: kind for kind in (map, filter, zip, enumerate, reversed)},
}
"""What a stand-in says it is to ``isinstance``."""
_MOST_CLASSES = 1000
"""A program may invent names without end; no honest suite meets a hundred."""
ClassesByName = dict[tuple[type, str], type]


def class_name(tagged: dict[str, Any]) -> str:
    """Return the name of a received object's class; ``object`` where it is no name."""
    name = tagged.get("n")
    return name[:100] if type(name) is str and name.isidentifier() else "object"


def named_class(base: type, tagged: dict[str, Any], known: ClassesByName) -> type:
    """Return a stand-in class that bears the name of the program's, so that ``type(x).__name__`` is right.

    ``known`` are the candidate's own: the names another invented must not use up its room.
    """
    key = (base, class_name(tagged))
    if key not in known:
        if len(known) > _MOST_CLASSES:
            return base
        kind = _KINDS.get(key[1])
        own_class = {} if kind is None else {"__class__": property(lambda _self: kind)}
        doc = property(lambda self: attribute_of(self._acecoder_asker, self, "__doc__"))
        known[key] = type(key[1], (base,), {"__slots__": (), "__doc__": doc, **own_class})
    return known[key]


_SHOWN = frozenset({"__str__", "__repr__", "__format__", "__getitem__"})
"""What a builtin's subclass may always answer itself: plain data, without being told any."""
_OPERATORS = frozenset(
    f"__{prefix}{name.rstrip('_')}__" for name in BINARY for prefix in ("", "r")
) | frozenset({"__neg__", "__pos__", "__abs__", "__len__", "__iter__"})


def valued(asker: Asker, number: int, name: str, value: Any, overridden: list[str]) -> Any:
    """Return the stand-in of a builtin's subclass: the builtin value, with the program's extra attributes.

    What the class overrides is forwarded where it only shows plain data, and, for an object of the test's own
    making, also operators and methods; comparisons, truth and hashes never.
    """
    asker_of, number_of = asker, number

    class Valued(type(value)):  # type: ignore[misc]
        _acecoder_number = number_of

        def __getattr__(self, attribute: str) -> Any:
            return attribute_of(asker_of, self, attribute)

    Valued.__name__ = Valued.__qualname__ = name
    if "__missing__" in overridden:
        overridden = [*overridden, "__getitem__"]
    for attribute in overridden:
        if attribute in _SHOWN or attribute in _OPERATORS or not attribute.startswith("__"):
            setattr(Valued, attribute, _forward(asker, attribute, type(value)))
    return Valued(value)


def _forward(asker: Asker, attribute: str, base: type) -> Callable[..., Any]:
    def forwarded(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if attribute not in _SHOWN and not asker.made_by_test(self):
            return getattr(base, attribute)(self, *args, **kwargs)
        if attribute in _OPERATORS:
            asker.rests_on_program()
        return asker.ask("getattr", self, attribute)(*args, **kwargs)

    return forwarded
