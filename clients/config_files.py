"""Reads a configuration file, YAML, into a pydantic model, with one message for every wrong field.

For commands with a file of options, ``acecoder synth run`` and ``acecoder loop``; it needs PyYAML, which their extras
install. ``clients.config`` has the settings of a client, which are environment variables.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from clients.contract import FieldError
from clients.contract.validation_errors import field_errors

C = TypeVar("C", bound=BaseModel)


def read_config(
    path: Path,
    parse: Callable[[dict[str, Any]], C],
    *,
    fields: str,
    describe: Callable[[list[FieldError]], Iterable[str]] | None = None,
) -> C:
    """Return what ``parse`` makes of the mapping in a file. ``fields`` are some of its names, for a message.

    ``describe`` returns the texts of the wrong fields, if they are not simply name and message.

    Raises:
        ValueError: the file is not YAML, or a field is wrong; the message names the file and every such field.
        OSError: the file cannot be read.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise ValueError(f"{path}: give a mapping with {fields}, …")  # noqa: TRY004 - a message for the user
    try:
        return parse(raw)
    except ValidationError as error:
        texts = (describe or field_texts)(field_errors(error))
        raise ValueError(f"{path}: {'; '.join(texts)}") from None


def field_texts(faults: Iterable[FieldError]) -> Iterable[str]:
    """Yield name and message of each wrong field; a message about the whole file names its fields itself."""
    for fault in faults:
        yield fault.message if fault.field == "body" else f"{fault.field}: {fault.message}"
