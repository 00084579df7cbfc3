"""Decides where a callable that the test passes to the program runs, and describes it.

The test's own functions run here, as callbacks. Of the library, only methods of a closed list of objects do (a list's
``append``, a queue's ``put``): they change an object of the test's. Every other function and class of a library travels
by its name, and runs in the program: ``eval`` there sees nothing that the program could not see. What is neither is
refused. So no library code of this process is called with arguments that the program chose, except those methods: none
of them reads an attribute whose name it is given.
"""

import functools
import operator
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

from ..wire.codec import MUTABLE
from .evaluation import GUARDS
from .special_names import TEST_MODULE

_OWNERS = frozenset(
    """
    _io.StringIO _io.BytesIO _io.TextIOWrapper _io.BufferedWriter _io.BufferedReader _io.BufferedRandom
    random.Random queue.Queue queue.LifoQueue queue.PriorityQueue queue.SimpleQueue _queue.SimpleQueue
    threading.Event threading.Condition threading.Semaphore threading.Barrier _thread.lock _thread.RLock
    asyncio.locks.Event asyncio.queues.Queue collections.UserList collections.UserDict collections.ChainMap
    logging.Logger re.Pattern unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock
    numpy.random._generator.Generator numpy.random.mtrand.RandomState
    """.split()
)
"""Library classes with a method that tests pass to programs; it runs here, on the test's object."""
_CALLABLE_CLASSES = frozenset(
    "numpy.poly1d numpy.vectorize unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock".split()
)
"""Library classes whose instances are called here."""
_METHODS_OF_BASES = frozenset(
    "builtins collections _collections _collections_abc abc typing enum queue random threading io _io "
    "unittest.mock contextlib decimal fractions numbers datetime".split()
)
"""Modules of classes from which an instance of a test's class may inherit methods that a program calls."""
_METHOD_WRAPPERS = frozenset(
    "__getitem__ __contains__ __next__ __len__ __setitem__ __delitem__ __call__".split()
)
_CHANGING = frozenset(
    "iadd iconcat isub iand ior ixor imul setitem delitem heappush heappop heappushpop heapreplace heapify "
    "insort insort_left insort_right".split()
)
"""Functions of ``operator``, ``heapq`` and ``bisect`` that change the container that a ``partial`` gives them."""
_OUR_PACKAGE = __name__.partition("checker")[0]
_PLAIN = (str, bytes, int, float, complex, bool, tuple, frozenset, range)
_BUILTIN = types.BuiltinFunctionType
_METHOD_WRAPPER = type([].__len__)


def runs_here(value: Any) -> bool:
    """Whether a program's call of this object runs in this process."""
    kind = type(value)
    if kind is types.FunctionType:
        return TEST_MODULE in (value.__module__, value.__globals__.get("__name__"))
    if kind in (types.MethodType, _BUILTIN, _METHOD_WRAPPER):
        return _is_method_for_programs(value)
    if kind is functools.partial:
        changes = _changes_containers(value.func) and any(map(_is_container, value.args))
        return changes or runs_here(value.func)
    if isinstance(value, type):
        return value.__module__ == TEST_MODULE
    if kind.__module__ == "functools":  # of ``lru_cache``, ``singledispatchmethod``
        return runs_here(getattr(value, "__wrapped__", None))
    return _is_test_made(value) or _name_of(kind) in _CALLABLE_CLASSES


def library_name(value: Any) -> tuple[str, str] | None:
    """Return module and qualified name of a function or class of a library; ``None`` if it has no such name."""
    for guarded, guard in GUARDS.items():
        if value is guard:
            return ("builtins", guarded)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    owner = getattr(value, "__objclass__", None)
    if owner is None and type(value) is _BUILTIN and isinstance(value.__self__, type):
        owner = value.__self__
    module = owner.__module__ if isinstance(owner, type) else getattr(value, "__module__", None)
    if type(value).__module__ == "numpy" and type(module) is not str:  # a ufunc
        module = "numpy"
    if type(name) is not str or type(module) is not str or module not in sys.modules or module == TEST_MODULE:
        return None
    if module.startswith(_OUR_PACKAGE):
        return None
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part, None)
    is_same = found is value or (type(found) is type(value) is _BUILTIN and found == value)
    return (module, name) if is_same else None


def parts_of(value: Any) -> tuple[Any, ...] | None:
    """Return function and arguments with which the program makes this callable or pattern again.

    A method of a plain value becomes ``getattr(value, name)``. ``None``: it is no such callable.
    """
    kind = type(value)
    if kind is re.Pattern:
        return (re.compile, [value.pattern, value.flags], {})
    if kind is functools.partial:
        return (functools.partial, [value.func, *value.args], value.keywords)
    if kind in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
        function: Any
        function, args, *_ = value.__reduce__()
        keywords: dict[str, Any] = {}
        if type(function) is functools.partial:  # a methodcaller with keywords
            function, args, keywords = function.func, (*function.args, *args), function.keywords
        return (function, list(args), keywords)
    if kind in (_BUILTIN, _METHOD_WRAPPER):
        owner = value.__self__
        is_array = type(owner).__module__ == "numpy" and type(owner).__name__ == "ndarray"
        if type(owner) in _PLAIN or is_array:
            return (getattr, [owner, value.__name__], {})
    return None


def _is_method_for_programs(method: Any) -> bool:
    """Whether this bound method runs here: of the test's object, of a container, or of a class in ``_OWNERS``."""
    owner = method.__self__
    if type(method) is types.MethodType:
        if type(method.__func__) is types.FunctionType and runs_here(method.__func__):
            return True
        if _is_test_made(owner):
            return getattr(method.__func__, "__module__", None) in _METHODS_OF_BASES
        return not isinstance(owner, type) and _name_of(type(owner)) in _OWNERS
    is_own = _is_test_made(owner) or _is_container(owner)
    if type(method) is _BUILTIN:
        return is_own or _name_of(type(owner)) in _OWNERS
    if method.__name__ == "__call__":
        return runs_here(owner)
    return method.__name__ in _METHOD_WRAPPERS and (is_own or isinstance(owner, Iterator))


def _changes_containers(function: Any) -> bool:
    if type(function) is types.MethodDescriptorType:
        return function.__objclass__ in MUTABLE
    return (
        type(function) is _BUILTIN
        and function.__module__ in ("_operator", "_heapq", "_bisect")
        and function.__name__ in _CHANGING
    )


def _is_container(value: Any) -> bool:
    """Whether this is a container of data; a namespace, such as ``globals()``, is none."""
    return type(value) in MUTABLE and not (type(value) is dict and "__builtins__" in value)


def _is_test_made(value: Any) -> bool:
    return type(value).__module__ == TEST_MODULE


def _name_of(cls: type) -> str:
    return "re.Pattern" if cls is re.Pattern else f"{cls.__module__}.{cls.__name__}"
