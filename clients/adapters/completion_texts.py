"""Reads completions as frameworks give them: texts, messages, or lists of messages. Pure.

A completion that cannot be read is an error that names its position. It is never judged as an empty text: a right
answer in an unknown shape, or one that the generation lost (``None``), would get the reward of a wrong one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_TEXT_PARTS = ("text", "output_text")
"""Types of the parts of a message's content that the model's answer is in; others are reasoning, calls or images."""


def read_completions(completions: Sequence[object]) -> tuple[list[str], dict[int, str]]:
    """Return each completion as text; of a list of messages, the content of the last one.

    A message without content (``None``: the model called a tool, or was cut off while it reasoned) is an empty text. So
    is a completion that cannot be read; the second value says why, by position.

    Raises:
        TypeError: ``completions`` is one text.
    """
    if isinstance(completions, str):
        raise TypeError("completions is one text; give a list of completions")
    texts: list[str] = []
    faults: dict[int, str] = {}
    for at, completion in enumerate(completions):
        text = _text_of(completion)
        texts.append(text or "")
        if text is None:
            faults[at] = (
                f"its completion {_describe(completion)}; give what the model wrote: a text, or messages with 'content'"
            )
    return texts, faults


def _text_of(completion: object) -> str | None:
    """Return the text of a completion; ``None`` if it has none."""
    last = completion
    if isinstance(completion, Sequence) and not isinstance(completion, str | bytes):
        last = completion[-1] if completion else ""
    if isinstance(last, Mapping) and "content" in last:
        last = _content_text(last["content"])
    return last if isinstance(last, str) else None


def _content_text(content: object) -> object:
    """Return the text of a message's content; the content itself where it holds none."""
    if content is None:
        return ""
    if not isinstance(content, list | tuple) or not all(isinstance(part, str | Mapping) for part in content):
        return content
    return "".join(part if isinstance(part, str) else _part_text(part) for part in content)


def _part_text(part: Mapping[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) and part.get("type", "text") in _TEXT_PARTS else ""


def _describe(completion: object) -> str:
    """Return what a completion is, as the end of a sentence about it."""
    if completion is None:
        return "is None"
    if isinstance(completion, list | tuple) and completion:
        last = completion[-1]
        what = (
            f"an object with {', '.join(map(repr, last))}"
            if isinstance(last, Mapping)
            else type(last).__name__
        )
        return f"is a list that ends in {what}"
    return f"is of type {type(completion).__name__}"
