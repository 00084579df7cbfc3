"""Makes arrays in a program's answers compare by value, and empty ones with nothing but empty ones.

numpy stretches an array of size 0 to fit any other: all of nothing holds, so an empty answer would equal everything.
Arrays that are empty or of a type narrower than 64 bits are therefore of a subclass here: ``isinstance``, ``dtype`` and
``type(x) == numpy.ndarray`` hold. Beside a Python number, a narrow array counts as its 64-bit kind. An empty one raises
``ValueError`` where it is compared with or subtracted from anything that is not empty. An order (``x >= 0``) and ``!=``
with a single number hold for it, as for any empty array.

Imported only where numpy is loaded.
"""

from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

from ..wire.codec import PANDAS
from .numpy_scalars import NamesakeOf, adopt_scalar, exact, is_near, np
from .proxies import Proxy

_NARROW = frozenset("int8 int16 int32 uint8 uint16 uint32 float16 float32 complex64".split())
_SMALLEST = np.iinfo(np.int64).min
_NOT_WITH_ONE_NUMBER = frozenset({"equal", "subtract"})
"""Functions that an empty answer must not apply to a single number: they tell whether it equals it."""
_COMPARISONS = {
    "equal": True,
    "not_equal": False,
    "less": False,
    "less_equal": True,
    "greater": False,
    "greater_equal": True,
}
"""Comparison → its result for a ``float32`` and a Python float that rounds to it."""
EMPTY = "an empty array of the program's is compared with something that is not empty"
"""The message of a test that would hold for every empty answer."""


class _Answer(np.ndarray, metaclass=NamesakeOf):  # type: ignore[misc]
    __module__ = "numpy"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        inputs = tuple(map(as_array_if_of_program, inputs))
        if method == "__call__" and ufunc.signature is None:
            _check_sizes(ufunc.__name__, inputs)
        out = options.get("out")
        if out is not None:
            options["out"] = tuple(_plain(array) for array in out)
        elif method == "__call__":
            return adopt(_call(ufunc, inputs, options))
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        return out[0] if out is not None and len(out) == 1 else adopt(result)

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        return adopt_scalar(item) if isinstance(item, np.generic) else item

    def __repr__(self) -> str:
        return repr(_plain(self))

    def __reduce__(self) -> Any:
        return _plain(self).__reduce__()


def _adopting(name: str) -> Callable[..., Any]:
    method = getattr(np.ndarray, name)
    return lambda self, *args, **kwargs: adopt(method(self, *args, **kwargs))


for _name in "mean sum prod std var min max round take trace dot diagonal cumsum cumprod".split():
    setattr(_Answer, _name, _adopting(_name))
_Answer.__name__ = _Answer.__qualname__ = "ndarray"


def adopt(value: Any, *, smallest: int = 1) -> Any:
    """Return the answer's form of an array or scalar: itself, if it cannot equal what it is not.

    Arrays of fewer than ``smallest`` members keep to the rules for sizes.
    """
    if isinstance(value, np.generic):
        return adopt_scalar(value)
    if type(value) is not np.ndarray:
        return value
    if value.size < smallest or value.dtype.name in _NARROW:
        return value.view(_Answer)
    if value.dtype.kind == "i" and value.size and value.min() == _SMALLEST:  # it is its own absolute value
        return value.astype(np.float64)
    return value


def is_answer(value: Any) -> bool:
    """Whether a value is an array or scalar in its answer's form."""
    return type(type(value)) is NamesakeOf


def widen(value: Any) -> Any:
    """Return an answer's array or scalar in its 64-bit kind, a list with its members so, anything else as it is."""
    if type(value) in (list, tuple):
        return type(value)(map(widen, value))
    if not is_answer(value):
        return value
    array = np.asarray(exact(value)) if isinstance(value, np.generic) else _plain(value)
    kinds = {"i": np.int64, "u": np.int64, "f": np.float64, "c": np.complex128}
    return array.astype(kinds[array.dtype.kind]) if array.dtype.name in _NARROW else array


def as_array_if_of_program(value: Any) -> Any:
    """Return the array that numpy makes of a list with an object of the program's; anything else as it is.

    It is made once, so that the size that is looked at is that of the array that is compared.
    """
    is_of_program = type(value) in (list, tuple) and any(isinstance(member, Proxy) for member in value)
    return adopt(np.asanyarray(value)) if is_of_program else value


def is_empty(value: Any) -> bool | None:
    """Whether a value has no number in it; ``None`` for what is no array, frame, number, nor a sequence for numpy."""
    if isinstance(value, np.ndarray):
        return bool(value.size == 0)
    if isinstance(value, (list, tuple, deque)):
        return all(is_empty(item) is True for item in value)
    if isinstance(value, (range, array, bytearray, memoryview)):
        return len(value) == 0
    if type(value).__module__ in PANDAS and hasattr(value, "ndim"):
        return bool(value.size == 0)
    return False if isinstance(value, (int, float, complex, np.generic)) else None


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, _Answer) else value


def _check_sizes(name: str, inputs: tuple[Any, ...]) -> None:
    if not any(is_empty(value) for value in inputs):
        return
    for value in inputs:
        if is_empty(value) is False and (np.ndim(value) or name in _NOT_WITH_ONE_NUMBER):
            raise ValueError(EMPTY)


def _call(ufunc: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    numbers = [value for value in inputs if type(value) in (int, float, complex, bool)]
    is_float32 = all(value.dtype.name == "float32" for value in inputs if is_answer(value))
    if is_float32 and not numbers:  # nothing is cast
        return ufunc(*map(_plain, inputs), **options)
    result = ufunc(*map(widen, inputs), **options)
    if is_float32 and ufunc.__name__ in _COMPARISONS and len(inputs) == 2 and np.ndim(result):
        _correct_near(ufunc.__name__, inputs, result)
    return result


def _correct_near(name: str, inputs: tuple[Any, ...], result: Any) -> None:
    """Give the result for members that a Python float rounds to."""
    array, number = inputs if isinstance(inputs[0], _Answer) else (inputs[1], inputs[0])
    members = _plain(array)
    near = members[members == number] if type(number) is float else members[:0]
    if near.size and is_near(near.flat[0], number):
        result[members == number] = _COMPARISONS[name]
