"""Creates the classes of proxies: one for each class name of the program's, and one for each builtin subclass value.

A proxy claims to be what the program's object is (``type(x).__name__``, ``isinstance``). A proxy of a builtin's
subclass is the builtin value, with what the program's class adds. Names and lists of overridden methods come from the
program.
"""

import re
import sys
import types
from collections.abc import Callable
from typing import Any

from ..wire.codec import EXACT_MODULES, LIBRARIES, LIBRARY_MODULES
from ..wire.operations import BINARY, PLAIN_BASES
from .candidate_caller import CandidateCaller
from .container_proxies import ContainerProxy
from .remote_object import attribute as attribute_of

_BUILTIN_CLASSES: dict[str, type] = {
    "generator": types.GeneratorType,
    "async_generator": types.AsyncGeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "module": types.ModuleType,
    "Match": re.Match,
    "Pattern": re.Pattern,
    "property": property,
    "mappingproxy": types.MappingProxyType,
    **{kind.__name__: kind for kind in (map, filter, zip, enumerate, reversed)},
}
"""Class name → the class that a proxy claims to be to ``isinstance``."""
_MAX_CLASSES = 1000
"""A program may invent names without end; an honest suite needs fewer than a hundred."""
ClassesByName = dict[tuple[type, str, type | None, int | None], type]
_CLASSES_OF_LANGUAGE: ClassesByName = {}
"""Those with a name in ``_BUILTIN_CLASSES``: the same for all candidates, since nothing in them is the program's."""


def class_name(tagged: dict[str, Any]) -> str:
    """Return the name of a received object's class; ``object`` if it is not an identifier."""
    name = tagged.get("n")
    return name[:100] if type(name) is str and name.isidentifier() else "object"


def class_number_in(tagged: dict[str, Any]) -> int | None:
    """Return the number of a received object's class; ``None`` if it is not a class of the program's."""
    number = tagged.get("c")
    return number if type(number) is int else None


def named_class(base: type, tagged: dict[str, Any], classes: ClassesByName, caller: CandidateCaller) -> type:
    """Return a proxy class with the name of the program's class, so that ``type(x).__name__`` is right.

    ``classes`` holds those of this candidate, and gets new ones: names that another candidate invented must not use up
    its room. The few names that the language's own types have are kept for all candidates: a class takes longer to make
    and to free than a test to run.
    """
    name = class_name(tagged)
    kind = _BUILTIN_CLASSES.get(name)
    if kind is not None and kind.__module__ == "builtins" and class_number_in(tagged) is not None:
        kind = None  # a class of the program's of that name
    library = None if kind else _library_class(tagged.get("lib"))
    number = None if kind else class_number_in(tagged)
    if kind:
        classes = _CLASSES_OF_LANGUAGE
    key = (base, name, library, number)
    if key not in classes:
        if len(classes) > _MAX_CLASSES:
            return base
        own_class = {} if kind is None else {"__class__": property(lambda _self: kind)}
        if library is not None:
            own_class = {"__class__": _claim(library, caller)}
        classes[key] = cls = type(
            name,
            (base,),
            {
                "__slots__": (),
                "__doc__": _described("__doc__"),
                "_acecoder_class_number": number,
                "_acecoder_class_caller": None if kind else caller,
                **own_class,
            },
        )
        # not in the body, where Python reads ours
        type.__setattr__(cls, "__slots__", _described("__slots__"))
    return classes[key]


def container_class(
    tagged: dict[str, Any], value: Any, classes: ClassesByName, caller: CandidateCaller
) -> type:
    """Return the class of proxies for a container that stays in the program; ``value`` is its builtin value.

    To ``isinstance`` and by ``__class__``, a proxy is of a class with the program's name that derives from the builtin.
    """
    builtin = next(base for base in PLAIN_BASES if isinstance(value, base))
    key = (builtin, class_name(tagged), None, class_number_in(tagged))
    if key not in classes:
        if len(classes) > _MAX_CLASSES:
            return ContainerProxy
        body = {"__slots__": (), "_acecoder_class_number": key[3], "_acecoder_class_caller": caller}
        claimed = type(key[1], (builtin,), body)
        classes[key] = type(
            key[1],
            (ContainerProxy,),
            {**body, "__doc__": _described("__doc__"), "__class__": property(lambda _self: claimed)},
        )
    return classes[key]


def _described(name: str) -> property:
    """Return the attribute that every class has, ours too, as the program's object has it."""
    return property(lambda self: attribute_of(self._acecoder_caller, self, name))


def _library_class(names: Any) -> type | None:
    """Return the class of a library's that an object claims to be of, if that module is loaded here."""
    if type(names) is not list or list(map(type, names)) != [str, str]:
        return None
    module, name = names
    top = module.partition(".")[0]
    if module not in sys.modules or top not in LIBRARIES | LIBRARY_MODULES | EXACT_MODULES:
        return None
    cls = vars(sys.modules[module]).get(name)
    return cls if isinstance(cls, type) and not issubclass(cls, BaseException) else None


def _claim(library: type, caller: CandidateCaller) -> property:
    """Return the ``__class__`` by which ``isinstance`` finds that class: the program said so, so a pass is marked."""

    def claimed(_self: Any) -> type:
        caller.mark_rests_on_program()
        return library

    return property(claimed)


_SHOWING = frozenset({"__str__", "__repr__", "__format__", "__getitem__"})
"""Special methods that are always forwarded to the program if a builtin's subclass overrides them: they only show
the object, as plain data."""
_OPERATORS = frozenset(
    f"__{prefix}{name.rstrip('_')}__" for name in BINARY for prefix in ("", "r")
) | frozenset({"__neg__", "__pos__", "__abs__", "__len__", "__iter__"})


def value_proxy(
    caller: CandidateCaller, number: int, tagged: dict[str, Any], value: Any, overridden: list[str]
) -> Any:
    """Return the proxy of a builtin's subclass: the builtin value, with the program's extra attributes.

    Of what the class overrides, methods that only show plain data are forwarded; operators and other methods too, if
    the test made the object; comparisons, truth and hashes never.
    """
    library = _library_class(tagged.get("lib"))
    body: dict[str, Any] = {} if library is None else {"__class__": _claim(library, caller)}
    body["_acecoder_number"] = number
    body["_acecoder_class_number"] = class_number_in(tagged)
    body["_acecoder_class_caller"] = caller
    body["__getattr__"] = lambda self, attribute: attribute_of(caller, self, attribute)
    cls = type(class_name(tagged), (type(value),), body)
    if "__missing__" in overridden:
        overridden = [*overridden, "__getitem__"]
    for attribute in overridden:
        if attribute in _SHOWING or attribute in _OPERATORS or not attribute.startswith("__"):
            setattr(cls, attribute, _forward(caller, attribute, type(value)))
    return cls(value)


def _forward(caller: CandidateCaller, attribute: str, base: type) -> Callable[..., Any]:
    def forwarded(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if attribute not in _SHOWING and not caller.made_by_test(self):
            return getattr(base, attribute)(self, *args, **kwargs)
        if attribute in _OPERATORS:
            caller.mark_rests_on_program()
        return caller.perform("getattr", self, attribute)(*args, **kwargs)

    return forwarded
