"""What a test's end comes to, and what a person is told of it (pure).

Decides between the outcomes of tests that ended by themselves. Those that were ended (time, size, death) have their
outcome from ``link``. Descriptions of exceptions were written by the program: they only say, and decide nothing beyond
``memory_limit`` or ``runtime_error``.
"""

from collections.abc import Sequence
from typing import Any

from .proxies import number_of

FORGED = "the program wrote to the checker's channel"
"""What is said of a line no host writes."""
_SHOWN_CHARS = 200
_LONGEST_MESSAGE_CHARS = 1000
"""Read before control characters are escaped, which may make text longer; the checker cuts what is left."""


def of_error(error: BaseException, raised: Sequence[BaseException], last: Any) -> tuple[str, str]:
    """Return outcome and message of a test that ended with ``error``.

    ``raised`` is what came from the program; ``last`` its last answer, shown where the test says nothing.
    """
    if isinstance(error, MemoryError):
        return "memory_limit", "an allocation was refused"
    said = _said(error)
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if any(error is each for each in raised):
        return "runtime_error", clean(text + _at(getattr(error, "_acecoder_line", 0)))
    if isinstance(error, NameError):
        return "runtime_error", clean(f"the program does not define what the test uses: {text}")
    return "wrong_answer", clean(_shown(last) if isinstance(error, AssertionError) and not said else text)


def of_broken(why: Any, described: Any) -> tuple[str, str]:
    """Return outcome and message of a program that did not run to its end, by its own account.

    Raises any ``Exception`` where the description is none.
    """
    own, name = described["own"], described["name"]
    shown = own[0][1] if own else name
    message = clean(f"{str(shown)[:100]}: {described['s']}{_at(described['l'])}")
    if why == "syntax":
        return "syntax_error", message
    return ("memory_limit" if name == "MemoryError" else "runtime_error"), message


def _at(line: Any) -> str:
    return f" (line {line})" if type(line) is int and line > 0 else ""


def _shown(value: Any) -> str:
    if number_of(value) is not None:
        return f"returned an object of class {type(value).__name__}"
    try:
        text = repr(value)
    except BaseException:  # noqa: BLE001  -- an int too long to print; an object in it that answers as it likes
        text = f"a {type(value).__name__}"
    return f"returned {text[:_SHOWN_CHARS]}"


def _said(error: BaseException) -> str:
    """Return ``str(error)``; its arguments may be the program's objects, which answer as they like."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001  -- the verdict is known: this is only what a person is told
        return ""


def clean(text: str) -> str:
    """Return text a terminal may print: control characters and lone surrogates escaped."""
    text = text[:_LONGEST_MESSAGE_CHARS]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
