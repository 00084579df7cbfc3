"""Wraps comparisons of pandas in this process that an empty answer would satisfy. For the checker only.

``(f() == 5).all()`` holds for a series without members, as all of nothing does. Where a test got an empty answer,
``==``, ``eq`` and differences between something empty and something that is not raise ``ValueError`` in the test's own
code, as they do for arrays (``numpy_arrays``). What libraries compare among themselves stays as it is. Nothing changes
in a test whose answers have rows: what it filters until nothing is left is its own.
"""

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

from .empty_answers import empty_answers
from .numpy_arrays import EMPTY, is_empty
from .special_names import TEST_MODULE

_METHODS = ("__eq__", "eq", "__sub__", "__rsub__", "sub", "subtract", "rsub")


def install() -> None:
    """Replace the methods of frames, series and indexes."""
    pandas: Any = importlib.import_module("pandas")
    for cls in (pandas.DataFrame, pandas.Series, pandas.Index):
        for name in _METHODS:
            if hasattr(cls, name):
                setattr(cls, name, _guarded(getattr(cls, name)))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(self: Any, other: Any, *args: Any, **kwargs: Any) -> Any:
        if empty_answers.seen and sys._getframe(1).f_globals.get("__name__") == TEST_MODULE:  # noqa: SLF001
            is_other_empty = is_empty(other)
            if self.size == 0 and (is_other_empty is False or type(other) is str):
                raise ValueError(EMPTY)
            if self.size and is_other_empty:
                raise ValueError(EMPTY)
        return method(self, other, *args, **kwargs)

    return guarded
