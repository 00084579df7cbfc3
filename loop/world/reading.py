"""Finds the task of a question again, from its text. Pure.

A question on disk has no building blocks, only text. Its words name them: this reads what ``Pipeline.text`` writes.
"""

import re
from collections.abc import Iterator

from loop.world.ends import ENDS
from loop.world.operations import OPERATIONS, Role, Step
from loop.world.pipeline import Pipeline
from loop.world.sources import SOURCES

_DEFAULT = re.compile(r", or (-?\d+) if there are none$")


class NotOfThisWorldError(ValueError):
    """A text is no question of this package."""


def read_task(text: str) -> Pipeline:
    """Return the task whose question a text is.

    Raises:
        NotOfThisWorldError: no task has this text.
    """
    for task in _candidates(text):
        if task.text == text:
            return task
    raise NotOfThisWorldError(f"no task of a small world has the text {text[:100]!r}")


def _candidates(text: str) -> Iterator[Pipeline]:
    _, _, description = text.partition("\n")
    sentences = description.rstrip(".").split(". ")
    if len(sentences) < 2:
        return
    take, *steps, returned = sentences
    for source, source_constant in _matches(
        take.removeprefix("Take "), {name: one.words for name, one in SOURCES.items()}
    ):
        for end, end_constant, default in _ends(returned.removeprefix("Return ")):
            yield Pipeline(
                source,
                tuple(_step(words) for words in steps),
                end,
                source_constant=_number(source_constant),
                end_constant=_number(end_constant),
                default=default,
            )


def _step(words: str) -> Step:
    is_filter = words.startswith("Keep those that are ")
    role = Role.FILTER if is_filter else Role.MAP
    words = words.removeprefix("Keep those that are ") if is_filter else f"{words[:1].lower()}{words[1:]}"
    templates = {
        name: operation.words.replace("{it}", "each")
        for name, operation in OPERATIONS.items()
        if operation.role is role
    }
    for name, constant in _matches(words, templates):
        is_letter = constant is not None and constant.startswith("'")
        return Step(name, constant.strip("'") if is_letter and constant else _number(constant))
    raise NotOfThisWorldError(f"no operation has the words {words!r}")


def _ends(returned: str) -> Iterator[tuple[str, str | None, int | None]]:
    """Yield ends with their constant and their value for no element."""
    default = _DEFAULT.search(returned)
    words = _DEFAULT.sub("", returned).removesuffix("; there is at least one")
    for name, constant in _matches(words, {name: end.words for name, end in ENDS.items()}):
        natural = ENDS[name].natural_default
        yield name, constant, None if default is None or default[1] == natural else int(default[1])


def _matches(words: str, templates: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield the names of templates that fit, with the value of ``{k}``."""
    for name, template in templates.items():
        pattern = re.escape(template).replace(re.escape("{k}"), r"(-?\d+|'\w')")
        if match := re.fullmatch(pattern, words):
            yield name, match[1] if match.groups() else None


def _number(constant: str | None) -> int | None:
    return None if constant is None else int(constant)
