"""Holds the prompts as text files, and fills them in.

A file has the sections ``# system`` (optional) and ``# user``. ``{{name}}`` is replaced by the value of that name;
the text between ``{{#name}}`` and ``{{/name}}`` is kept only if the value is not empty. Values are never read for
placeholders, so text of a seed or a model cannot change a prompt.
"""

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from services.synth.llm.model import ChatMessage, PromptFileError

_SECTION = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)
_OPTIONAL = re.compile(r"\{\{#(\w+)\}\}\n?(.*?)\{\{/\1\}\}\n?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class Prompt:
    """A prompt with placeholders."""

    def __init__(self, template: str, origin: str) -> None:
        pieces = _SECTION.split(template)
        if pieces[0].strip() or "user" not in pieces[1::2]:
            raise PromptFileError(
                f"{origin}: begin with a line '# system' or '# user', and have a '# user' section"
            )
        self.template = template
        """The text of the file; it belongs to what identifies a run."""
        self._origin = origin
        self.sections = list(zip(pieces[1::2], pieces[2::2], strict=True))
        """Role and text of each section, with placeholders."""

    def messages(self, **values: str) -> list[ChatMessage]:
        """Return the conversation with all placeholders replaced.

        Raises:
            PromptFileError: the file has a placeholder for which there is no value.
        """
        return [{"role": role, "content": self._fill(text, values).strip()} for role, text in self.sections]

    def _fill(self, text: str, values: dict[str, str]) -> str:
        def value_of(name: str) -> str:
            if name not in values:
                raise PromptFileError(
                    f"{self._origin}: no value for '{{{{{name}}}}}'; this prompt can use {', '.join(sorted(values))}"
                )
            return values[name]

        kept = _OPTIONAL.sub(lambda match: match[2] if value_of(match[1]) else "", text)
        return _PLACEHOLDER.sub(lambda match: value_of(match[1]), kept)


@lru_cache
def load_prompt(name: str) -> Prompt:
    """Return the prompt ``name`` of this package, or, if ``name`` ends in ``.md``, the one in that file.

    Raises:
        PromptFileError: there is no such prompt or file, or it has no sections.
    """
    if name.endswith(".md"):
        return Prompt(_read(Path(name)), name)
    resource = files(__package__) / f"{name}.md"
    if not resource.is_file():
        raise PromptFileError(
            f"no prompt '{name}': give one of {', '.join(prompt_names())}, or the path of a .md file"
        )
    return Prompt(resource.read_text(encoding="utf-8"), f"{name}.md")


def prompt_names() -> list[str]:
    """Return the names of the prompts in this package."""
    return sorted(entry.name[:-3] for entry in files(__package__).iterdir() if entry.name.endswith(".md"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptFileError(f"the prompt file {path} cannot be read: {error.strerror}") from error
