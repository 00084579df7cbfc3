"""Refers to an object of the program by its number, and reads and sets its attributes.

What Python does with such an object beyond its attributes is left to ``proxies``, ``proxy_operators`` and
``proxy_protocols``. No class here has an annotation in its body: the program's object of that name would be hidden.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from .candidate_caller import CandidateCaller
from .special_names import is_served

_T = TypeVar("_T")


class RemoteObject:
    """An object of the program, without special methods: the base of ``Proxy``, and of no other class of objects."""

    __slots__ = ("_acecoder_caller", "_acecoder_class", "_acecoder_has_own_truth", "_acecoder_number")

    def __init__(
        self, caller: CandidateCaller, number: int, class_number: int | None, *, has_own_truth: bool = True
    ) -> None:
        """``has_own_truth``: the object's class defines ``__bool__`` or ``__len__``; if not, the object is true."""
        object.__setattr__(self, "_acecoder_caller", caller)
        object.__setattr__(self, "_acecoder_number", number)
        object.__setattr__(self, "_acecoder_class", class_number)
        object.__setattr__(self, "_acecoder_has_own_truth", has_own_truth)

    def __getattr__(self, name: str) -> Any:
        if name == "__array__":
            return _array_conversion(self)
        return attribute(self._acecoder_caller, self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._acecoder_caller.perform("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._acecoder_caller.perform("delattr", self, name)


def attribute(caller: CandidateCaller, target: object, name: str) -> Any:
    """Return an attribute of the program's object. Raises ``AttributeError`` for a special one that is not served."""
    if name[:1] == "_":
        if not is_served(name):
            raise AttributeError(name)
        if name == "__bases__":  # ``issubclass`` decides by it
            caller.mark_rests_on_program()
    return caller.perform("getattr", target, name)


def _array_conversion(proxy: RemoteObject) -> Callable[..., Any]:
    """Return numpy's ``__array__`` of an object that has one; the array must cross by value."""
    caller = proxy._acecoder_caller  # noqa: SLF001
    convert = caller.perform("getattr", proxy, "__array__")

    def array(dtype: Any = None, copy: Any = None) -> Any:  # noqa: ARG001  -- what crossed is a copy
        value = caller.perform("call", convert)
        if (
            type(value).__module__ != "numpy"
            or isinstance(value, RemoteObject)
            or not hasattr(value, "astype")
        ):
            raise TypeError("__array__ of the program's object returned no array of numbers")
        caller.mark_rests_on_program()
        return value if dtype is None else value.astype(dtype)

    return array


def checked(kind: type[_T], value: Any) -> _T:
    """Return the value if its type is exactly ``kind``. Raises ``TypeError``."""
    if type(value) is not kind:
        raise TypeError(
            f"the program's object returned {type(value).__name__} where {kind.__name__} is expected"
        )
    return value


def class_number(value: object) -> int | None:
    """Return the number of the program's class that a class of proxies stands for; ``None`` for anything else."""
    number = vars(value).get("_acecoder_class_number") if type(value) is type else None
    return number if type(number) is int else None


def object_number(value: Any) -> int | None:
    """Return the number of the program's object that a proxy stands for; ``None`` for anything else."""
    if isinstance(value, RemoteObject):
        return int(value._acecoder_number)  # noqa: SLF001
    number = getattr(type(value), "_acecoder_number", None)
    return number if type(number) is int else None
