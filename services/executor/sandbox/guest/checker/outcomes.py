"""Turns the end of a test into an outcome and a message for people. Pure.

Decides the outcome of tests that ended by themselves. Tests that were ended (time, size, death) have their outcome from
``candidate_link``. The descriptions of exceptions were written by the program: they are quoted, and decide nothing
beyond ``memory_limit`` or ``runtime_error``.
"""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Sequence
from typing import Any

from .remote_object import object_number

FORGED = "the program wrote to the checker's channel"
"""The message for a line that our code in the candidate never writes."""
ONE_THREAD = (
    "a thread of the test waited for the call of another: threads call the program one after another, and a coroutine "
    "that the program awaits cannot await the program's (docs/semantics.md: not carried across)"
)
"""Added to the message of a test with threads that ran out of time."""
OVER_CPU_LIMIT = "the test used more CPU time than one test may use"
"""The message for a test that ended by itself, beyond its limit."""
_SHOWN_CHARS = 200
_MAX_SHOWN_CONTAINERS = 20_000
"""More than 2 MiB of answer hold, unless one container occurs in it several times: some milliseconds of work."""
_CONTAINERS = (list, tuple, set, frozenset, dict, Counter, OrderedDict, defaultdict, deque)
_MAX_MESSAGE_CHARS = 1000
"""Read before control characters are escaped, which may make text longer; the checker cuts the rest."""


class AnswerTooLargeError(Exception):
    """One answer is larger than ``output_bytes``."""


def outcome_of_error(error: BaseException, raised: Sequence[BaseException], last: Any) -> tuple[str, str]:
    """Return outcome and message of a test that ended with ``error``.

    ``raised`` are the exceptions that came from the program. ``last`` is its last answer, shown if the test gives no
    message.
    """
    if isinstance(error, MemoryError):
        return "memory_limit", "an allocation was refused"
    reason = _text_of(error)
    text = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    if any(error is exception for exception in raised):
        return "runtime_error", escape_controls(text + _at_line(getattr(error, "_acecoder_line", 0)))
    if isinstance(error, NameError):
        return "runtime_error", escape_controls(
            f"the program does not define a name that the test uses: {text}"
        )
    if isinstance(error, AssertionError) and not reason:
        return "wrong_answer", wrong_answer_message(last)
    return "wrong_answer", escape_controls(text)


def wrong_answer_message(value: Any) -> str:
    """Return the message of a test that gives none, and that failed for this answer."""
    return escape_controls(_describe_answer(value))


def outcome_of_failed_program(kind: Any, described: Any) -> tuple[str, str]:
    """Return outcome and message of a program that reports that it did not run to its end.

    Raises any ``Exception`` if ``described`` is not the description of an exception.
    """
    own, name = described["own"], described["name"]
    exception_name = own[0][1] if own else name
    # The text of a SyntaxError ends with its line already.
    text = f"{described['s']}".removesuffix(f" (<program>, line {described['l']})")
    message = escape_controls(f"{str(exception_name)[:100]}: {text}{_at_line(described['l'])}")
    if kind == "syntax":
        return "syntax_error", message
    return ("memory_limit" if name == "MemoryError" else "runtime_error"), message


def _at_line(line: Any) -> str:
    return f" (line {line})" if type(line) is int and line > 0 else ""


def _describe_answer(value: Any) -> str:
    if object_number(value) is not None:
        return f"returned an object of class {type(value).__name__}"
    try:
        text = repr(value) if _is_quick_to_show(value) else f"a large {type(value).__name__}"
    except BaseException:  # noqa: BLE001  -- an int too long to print; an object in it whose repr the program wrote
        text = f"a {type(value).__name__}"
    return f"returned {text[:_SHOWN_CHARS]}"


def _is_quick_to_show(value: Any) -> bool:
    """Whether a value has few parts, each counted as often as it is shown: a list that holds another one twice, which
    holds a third one twice, and so on, has more parts than any memory.
    """
    waiting = [value]
    for parts in waiting:  # grows meanwhile
        if type(parts) in _CONTAINERS:
            items = parts.values() if isinstance(parts, dict) else parts
            waiting += [item for item in items if type(item) in _CONTAINERS]
        if len(waiting) > _MAX_SHOWN_CONTAINERS:
            return False
    return True


def _text_of(error: BaseException) -> str:
    """Return ``str(error)``; its arguments may be the program's objects, whose text the program decides."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001  -- the outcome is decided: this is only the message
        return ""


def escape_controls(text: str) -> str:
    """Return text that a terminal may print: control characters and lone surrogates are escaped."""
    text = text[:_MAX_MESSAGE_CHARS]
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
