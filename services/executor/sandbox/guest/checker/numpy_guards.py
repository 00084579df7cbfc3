"""Wraps numpy functions in this process whose verdict an empty or a narrow answer could obtain. For the checker only.

``numpy.allclose([], [5.0])`` holds, for a list as for an array: see ``numpy_arrays``, which has the operators.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

from .numpy_arrays import EMPTY, adopt, as_array_if_of_program, is_answer, is_empty, widen
from .numpy_scalars import np
from .proxies import Proxy, as_array
from .special_names import TEST_MODULE

_CLOSE = ("allclose", "isclose", "array_equiv")
_TESTING = (
    "assert_allclose assert_array_equal assert_equal assert_almost_equal assert_array_almost_equal "
    "assert_array_almost_equal_nulp assert_array_max_ulp assert_approx_equal"
).split()
_CONVERTING = (
    "array",
    "asarray",
    "asanyarray",
    "asfarray",
    "atleast_1d",
    "squeeze",
    "ravel",
    "concatenate",
    "round",
)


def install() -> None:
    """Replace the functions in ``numpy`` and ``numpy.testing``."""
    for name in _CLOSE:
        setattr(np, name, _guarded(getattr(np, name), ValueError))
    for name in filter(np.__dict__.__contains__, _CONVERTING):
        setattr(np, name, _adopting(getattr(np, name)))
    for name in _TESTING:
        if hasattr(np.testing, name):
            setattr(np.testing, name, _guarded(getattr(np.testing, name), AssertionError))


def _guarded(function: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
    """Return the function, which raises if one of its first two arguments is empty and the other is not."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if error is ValueError and not _is_called_by_test():
            return function(*args, **kwargs)
        if error is ValueError or any(is_empty(value) is not None for value in args[:2]):
            args = (*map(_array_of_program, args[:2]), *args[2:])
            kwargs = {key: _array_of_program(value) for key, value in kwargs.items()}
        compared = [*args[:2], *(kwargs[name] for name in _COMPARED if name in kwargs)]
        if len(compared) == 2 and {is_empty(compared[0]), is_empty(compared[1])} == {True, False}:
            raise error(EMPTY)
        return function(
            *map(widen, args[:2]), *args[2:], **{key: widen(value) for key, value in kwargs.items()}
        )

    return guarded


def _array_of_program(value: Any) -> Any:
    """Return the array that numpy makes of the program's object, or of a list with one; anything else as it is."""
    return as_array(value) if isinstance(value, Proxy) else as_array_if_of_program(value)


def _is_called_by_test() -> bool:
    """Whether the wrapper was called by a test's code: what libraries do among themselves stays as it is."""
    return sys._getframe(2).f_globals.get("__name__") == TEST_MODULE  # noqa: SLF001


_COMPARED = ("a", "b", "a1", "a2", "x", "y", "actual", "desired")


def _adopting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function; an array that it makes of an answer, or of nothing, keeps to the rules of answers."""

    @functools.wraps(function)
    def adopting(*args: Any, **kwargs: Any) -> Any:
        array = function(*args, **kwargs)
        if not _is_called_by_test():
            return array
        source: Any = args[0] if args else kwargs.get("object", kwargs.get("a"))
        is_of_answer = (
            is_answer(source)
            or isinstance(source, Proxy)
            or (type(source) in (list, tuple) and any(is_answer(member) for member in source))
        )
        if is_of_answer:
            return adopt(array)
        is_small = (
            type(array) is np.ndarray and array.size < 2 and (array.dtype.itemsize == 8 or not array.size)
        )
        return adopt(array, smallest=2) if is_small else array  # an empty list fits an array of one number

    return adopting
