"""Turns arrays of numpy into lists, without numpy: pandas reads the lists of a parquet file as arrays. Pure."""

from collections.abc import Mapping
from typing import Any


def is_array(value: object) -> bool:
    """Whether a value is an array, or a number of numpy's."""
    return hasattr(value, "tolist") and not isinstance(value, str | bytes)


def as_lists(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return an array as a list, with everything in it as plain Python; any other value as it is."""
    if is_array(value):
        value = value.tolist()
    if isinstance(value, list):
        return [as_lists(item) for item in value]
    if isinstance(value, Mapping):
        return {name: as_lists(item) for name, item in value.items()}
    return value
