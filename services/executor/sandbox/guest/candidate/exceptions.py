"""Describes the program's exceptions to the checker: class, arguments, attributes, texts, causes.

The checker rebuilds them (``checker.remote_exceptions``). Runs in the program's process, where nothing can be trusted:
what the checker reads here is bounded, and shown or compared as any answer is.
"""

import contextlib
from typing import Any, Protocol

from ..wire import codec
from ..wire.encoder import encode
from ..wire.exception_members import members_of

_MESSAGE_CHARS = 300
"""Longest text of an exception for people to read."""
_TEXT_CHARS = 1 << 16
"""Longest text of an exception for a test to read; longer ones are cut. For a cause it is a quarter, for its cause a
quarter of that.
"""
_MAX_CHAIN = 5
"""Causes of causes that are described."""
_RESUMABLE = 0x20 | 0x80 | 0x200
"""``inspect.CO_GENERATOR``, ``CO_COROUTINE`` and ``CO_ASYNC_GENERATOR``; the module is slow to import."""


class ErrorRefs(codec.Refs, Protocol):
    """What is needed of ``candidate.refs``."""

    def exception_class(self, cls: type) -> dict[str, Any]:
        """Describe an exception class."""
        ...

    def number_of_raised(self, error: BaseException) -> int:
        """Return the number of an exception that is kept for a while."""
        ...


def describe_exception(error: BaseException, refs: ErrorRefs, depth: int = 0) -> dict[str, Any]:
    """Return what the checker needs to raise a remote exception for ``error`` and to report it."""
    described: dict[str, Any] = {**refs.exception_class(type(error)), "l": _line(error)}
    longest = _TEXT_CHARS >> 2 * depth
    text = _text(error, str, longest)
    described["s"] = text[:_MESSAGE_CHARS]
    try:
        described["a"] = [encode(value, refs) for value in error.args]
        attributes = {**_class_attributes(type(error)), **error.__dict__}
        if attributes:
            described["d"] = {name: encode(value, refs) for name, value in attributes.items()}
    except BaseException:  # noqa: BLE001  -- arguments that cannot travel are left out
        described["a"] = []
    members = members_of(error)
    if members:
        described["m"] = members
    if described["own"]:
        described |= _described_by_class(error, text, longest)
        described["i"] = refs.number_of_raised(error)
    if depth < _MAX_CHAIN:
        described |= _chain(error, refs, depth + 1)
    return described


def clear_frames(error: BaseException) -> None:
    """Clear the local variables of the functions that an exception left: it is kept, and they need not be."""
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_flags & _RESUMABLE:
            with contextlib.suppress(RuntimeError):  # it still runs
                trace.tb_frame.clear()
        trace = trace.tb_next


def _described_by_class(error: BaseException, text: str, longest: int) -> dict[str, Any]:
    """Return the texts that the program's own class gives, and whether it compares."""
    described: dict[str, Any] = {}
    if _defines(type(error), "__str__"):
        described["str"] = text
    if _defines(type(error), "__repr__"):
        described["repr"] = _text(error, repr, longest)
        if "str" not in described and type(error).__str__ is object.__str__:
            described["str"] = described["repr"]
    if _defines(type(error), "__eq__"):
        described["eq"] = True
    return described


def _defines(cls: type, name: str) -> bool:
    """Whether the program's own class defines a special method."""
    owner = next((base for base in cls.__mro__ if name in vars(base)), object)
    return owner.__module__ in ("program", "__main__")


def _text(error: BaseException, method: Any, longest: int) -> str:
    try:
        return str.__add__(method(error)[:longest], "")
    except BaseException:  # noqa: BLE001  -- the program's own method
        return ""


def _chain(error: BaseException, refs: ErrorRefs, depth: int) -> dict[str, Any]:
    """Describe what an exception was raised from and what was being handled, and whether that is hidden."""
    chain: dict[str, Any] = {}
    if error.__context__ is not None:
        chain["context"] = describe_exception(error.__context__, refs, depth)
    if error.__cause__ is not None:
        is_context = error.__cause__ is error.__context__
        chain["cause"] = "context" if is_context else describe_exception(error.__cause__, refs, depth)
    if error.__suppress_context__ != (error.__cause__ is not None):
        chain["suppress"] = error.__suppress_context__
    return chain


def _class_attributes(cls: type) -> dict[str, Any]:
    """Return the plain class attributes of the program's own exception classes; a subclass overrides its base."""
    own = [base for base in cls.__mro__ if base.__module__ == "program"]
    return {
        name: value
        for base in reversed(own)
        for name, value in vars(base).items()
        if type(value) in codec.ATOMS and not name.startswith("_")
    }


def _line(error: BaseException) -> int:
    """Return the line of the program that the error came from, or 0."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<program>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
