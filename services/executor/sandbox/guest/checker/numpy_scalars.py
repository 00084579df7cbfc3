"""Makes numpy's numbers in a program's answers compare and calculate by value.

numpy casts a Python number to the type of a narrow number beside it: ``float16('inf')`` equals every number above
65519, ``int8(-128)`` is its own absolute value. An answer of the program's must not choose such a type to equal what it
is not. Its scalars are therefore of subclasses here: ``isinstance``, ``dtype`` and ``type(x) == numpy.float32`` hold,
and every operator calculates with the exact value, as a Python number does. Results have 64 bits.

One exception keeps right programs right: a ``float32`` equals a Python float that rounds to it, as in numpy
(``float32(0.1) == 0.1``). That is a relative error of 2**-23 at most.

Imported only where numpy is loaded.
"""

import importlib
import math
import operator
from collections.abc import Callable
from typing import Any

np: Any = importlib.import_module("numpy")
_NARROW = "int8 int16 int32 uint8 uint16 uint32 float16 float32 complex64".split()
_EXACT = 2**53
"""Integers beyond it are not exact as floats, and numpy compares 64-bit integers with floats as floats."""
_FLOAT32_ERROR = 2.0**-23
_BINARY = "add sub mul truediv floordiv mod divmod pow lshift rshift and or xor".split()
_COMPARISONS = "eq ne lt le gt ge".split()
_UNARY = "neg pos abs invert".split()


class NamesakeOf(type):
    """The metaclass of answers' classes: such a class equals the class of numpy that it derives from."""

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.__base__

    def __hash__(cls) -> int:
        return hash(cls.__base__)


def exact(value: Any) -> Any:
    """Return a number of numpy's as a Python number; anything else as it is."""
    return value.item() if isinstance(value, (np.number, np.bool_)) else value


def is_near(narrow: Any, number: Any) -> bool:
    """Whether a Python float rounds to this ``float32``: it counts as equal."""
    if type(number) is not float or not math.isfinite(number) or narrow.dtype != np.float32:
        return False
    value = float(narrow)
    return abs(value - number) <= _FLOAT32_ERROR * abs(number) and float(np.float32(number)) == value


def adopt_scalar(value: Any) -> Any:
    """Return the answer's form of a scalar: itself, if it cannot equal what it is not."""
    cls = _CLASSES.get(type(value).__name__)
    if cls is None or (type(value).__name__ in ("int64", "uint64") and abs(int(value)) < _EXACT):
        return value
    return cls(value)


def _wide(value: Any) -> Any:
    """Return the result of a calculation with Python numbers as a number of numpy's."""
    kind = type(value)
    if kind is int:
        return adopt_scalar(np.int64(value)) if -(2**63) <= value < 2**63 else value
    if kind is tuple:
        return tuple(map(_wide, value))
    return {float: np.float64, complex: np.complex128, bool: np.bool_}.get(kind, lambda same: same)(value)


def _calculate(name: str, *, reflected: bool) -> Callable[[Any, Any], Any]:
    operate = divmod if name == "divmod" else getattr(operator, f"{name}_" if name in ("and", "or") else name)

    def by_value(self: Any, other: Any, *_modulus: Any) -> Any:
        if not isinstance(other, (int, float, complex, np.number, np.bool_)):
            if isinstance(other, np.ndarray):
                wide = np.asarray(exact(self))
                return operate(other, wide) if reflected else operate(wide, other)
            return NotImplemented
        left, right = exact(self), exact(other)
        try:
            return _wide(operate(right, left) if reflected else operate(left, right))
        except ZeroDivisionError:  # numpy warns, and has inf or nan for it
            left, right = np.float64(left), np.float64(right)
            return operate(right, left) if reflected else operate(left, right)

    return by_value


def _compare(name: str) -> Callable[[Any, Any], Any]:
    operate = getattr(operator, name)
    when_near = name in ("eq", "le", "ge")

    def by_value(self: Any, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return operate(np.asarray(exact(self)), other)
        if not isinstance(other, (int, float, complex, np.number, np.bool_)):
            return NotImplemented
        if is_near(self, other):
            return np.bool_(when_near)
        return np.bool_(operate(exact(self), exact(other)))

    return by_value


def _round(self: Any, digits: int | None = None) -> Any:
    rounded = round(exact(self), digits)
    return rounded if digits is None else _wide(rounded)


def _ufunc(_self: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    return getattr(ufunc, method)(*(np.asarray(exact(x)) if _is_answer(x) else x for x in inputs), **options)


def _is_answer(value: Any) -> bool:
    return type(type(value)) is NamesakeOf and isinstance(value, np.generic)


def _class(base: Any) -> Any:
    body: dict[str, Any] = {f"__{name}__": _calculate(name, reflected=False) for name in _BINARY}
    body |= {f"__r{name}__": _calculate(name, reflected=True) for name in _BINARY}
    body |= {f"__{name}__": _compare(name) for name in _COMPARISONS}
    for name in _UNARY:
        operate = getattr(operator, name)
        body[f"__{name}__"] = lambda self, operate=operate: _wide(operate(exact(self)))
    body |= {
        "__module__": "numpy",
        "__hash__": lambda self: hash(exact(self)),
        "__repr__": lambda self: repr(base(self)),
        "__round__": _round,
        "__array_ufunc__": _ufunc,
        "round": lambda self, decimals=0, out=None: adopt_scalar(base(self).round(decimals)),  # noqa: ARG005
    }
    return NamesakeOf(base.__name__, (base,), body)


_CLASSES = {name: _class(getattr(np, name)) for name in (*_NARROW, "int64", "uint64")}
