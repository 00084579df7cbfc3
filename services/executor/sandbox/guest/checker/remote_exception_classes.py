"""Creates the classes by which a test catches exceptions of the program's own classes.

They are real classes of this process. The texts (``__str__``, ``__repr__``) travel with the exception, as they were
when it was raised. Methods, properties and attributes of the class are asked of the program when a test reads them.
"""

import weakref
from dataclasses import dataclass
from typing import Any

from ..wire.codec import WireError
from .candidate_caller import CandidateCaller
from .remote_object import attribute
from .special_names import test_mentions


@dataclass(frozen=True, slots=True)
class RemoteError:
    """What the program wrote about one exception of a class of its own."""

    number: int | None = None
    """By which the program knows the exception."""
    text: str | None = None
    """What the program's ``__str__`` returned; ``None`` if the class has none of its own."""
    representation: str | None = None
    """What its ``__repr__`` returned; ``None`` if the class has none of its own."""
    compares: bool = False
    """Whether its class has an ``__eq__`` of its own."""

    @classmethod
    def received(cls, described: dict[str, Any]) -> "RemoteError":
        """Return what a description holds. Raises ``WireError``."""
        number, text, shown = described.get("i"), described.get("str"), described.get("repr")
        if not (number is None or (type(number) is int and number >= 0)):
            raise WireError("malformed exception")
        if not {type(text), type(shown)} <= {str, type(None)}:
            raise WireError("malformed exception")
        return cls(number, text, shown, described.get("eq") is True)


NOTHING_KNOWN = RemoteError()
"""For an exception that a subclass of the test's constructed."""


_KNOWN: dict[int, tuple[Any, RemoteError]] = {}
"""``id`` of a remote exception → a reference that removes it with the exception, and what is known of it."""


class RemoteClass(type):
    """The class of remote exception classes: attributes of the program's class are asked of the program."""

    _acecoder_caller: CandidateCaller

    def __getattr__(cls, name: str) -> Any:
        _refuse_unasked(name)
        # not one of the test's
        programs = next(base for base in cls.__mro__ if "_acecoder_caller" in vars(base))
        return attribute(cls._acecoder_caller, programs, name)


def create_class(name: str, bases: tuple[type, ...], caller: CandidateCaller) -> type:
    """Return a class like the program's. If a test constructs an instance, the program's class is called for it.

    Of ``bases`` that do not fit together only the first is one.
    """

    def init(error: Any, /, *args: Any, **kwargs: Any) -> None:
        made = caller.perform("call", type(error), *args, **kwargs)
        if isinstance(made, BaseException):
            error.args = made.args
            error.__dict__.update(made.__dict__)
            remember(error, _known(made))

    body: dict[str, Any] = {
        "__module__": "program",
        "__init__": init,
        "_acecoder_caller": caller,
    }
    if len(bases) > 1 or type(bases[0]) is not RemoteClass:
        body |= _METHODS
    try:
        return RemoteClass(name, bases, body)
    except TypeError:
        if len(bases) == 1:
            raise
        return create_class(name, bases[:1], caller)


def error_number(error: BaseException) -> int | None:
    """Return the program's number of an exception; ``None`` if it has none."""
    return _known(error).number if type(type(error)) is RemoteClass else None


def remember(error: BaseException, known: RemoteError) -> None:
    """Keep what the program wrote about an exception, as long as there is that exception.

    Not in the exception: ``vars(error)`` is the program's, and classes with a slot of ours could not be bases together.
    """
    number = id(error)
    _KNOWN[number] = (weakref.ref(error, lambda _error: _KNOWN.pop(number, None)), known)


def _known(error: BaseException) -> RemoteError:
    return _KNOWN.get(id(error), (None, NOTHING_KNOWN))[1]


def _refuse_unasked(name: str) -> None:
    """Raise ``AttributeError`` for a name that library code looks for: only the test asks the program."""
    if name.startswith("_acecoder") or (name.startswith("__") and not test_mentions(name)):
        raise AttributeError(name)


def _attribute(self: BaseException, name: str) -> Any:
    _refuse_unasked(name)
    if error_number(self) is None:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    return attribute(type(self)._acecoder_caller, self, name)  # type: ignore[attr-defined]  # noqa: SLF001


def _text(self: BaseException) -> str:
    text = _known(self).text
    return _text_of_library(self, "__str__") if text is None else text


def _representation(self: BaseException) -> str:
    shown = _known(self).representation
    return _text_of_library(self, "__repr__") if shown is None else shown


def _equals(self: BaseException, other: object) -> Any:
    if self is other:
        return True
    if not isinstance(other, BaseException) or error_number(other) is None or not _known(self).compares:
        return NotImplemented
    caller = type(self)._acecoder_caller  # type: ignore[attr-defined]  # noqa: SLF001
    caller.mark_rests_on_program()
    return caller.perform("eq", self, other)


def library_base(cls: type) -> type:
    """Return the first library class that an exception class derives from."""
    return next(base for base in cls.__mro__ if type(base) is not RemoteClass)


def _text_of_library(error: BaseException, method: str) -> str:
    text = getattr(library_base(type(error)), method)(error)
    assert isinstance(text, str)
    return text


_METHODS = {
    "__getattr__": _attribute,
    "__str__": _text,
    "__repr__": _representation,
    "__eq__": _equals,
    "__hash__": BaseException.__hash__,
}
