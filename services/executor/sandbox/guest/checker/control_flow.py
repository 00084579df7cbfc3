"""Replaces exceptions of the program's that steer a test runner or the language by ordinary errors. Pure.

``SkipTest`` tells a runner that a test counts as skipped, ``StopAsyncIteration`` ends a loop, ``CancelledError`` ends a
task without a failure. Raised by a program, such an exception would decide a test that does not ask for it. It reaches
the test as ``RuntimeError``, as ``StopIteration`` does in a generator (PEP 479), unless the test's own code names it or
a class of the program's that derives from it.
"""

from .special_names import test_mentions

_RUNNERS = frozenset(
    {"unittest", "doctest", "bdb", "pdb", "pytest", "_pytest", "nose", "testtools", "twisted"}
)
"""Packages whose exceptions steer a test runner or a debugger."""
_STEERING = frozenset({"CancelledError", "StopIteration", "StopAsyncIteration"})
"""Exceptions derived from ``Exception`` that steer the language or a library."""
_OPERATION_OF = {"next": StopIteration, "anext": StopAsyncIteration, "anext_result": StopAsyncIteration}
"""The operations in which an exception is the regular end of an iteration."""


def ordinary_error(error: BaseException, operation: str, setup_names: frozenset[str]) -> RuntimeError | None:
    """Return what reaches the test in place of an exception of the program's; ``None``: the exception itself.

    ``setup_names`` are names that the suite's setup mentions: it may collect the classes that its tests expect.
    """
    names = _steering_names(type(error))
    if not names or isinstance(error, _OPERATION_OF.get(operation, ())):
        return None
    is_runners = _is_runners(type(error))
    if any(test_mentions(name) or (name in setup_names and not is_runners) for name in names):
        return None
    return RuntimeError(
        f"the program raised {type(error).__name__}, which is not an error but steers the language or a test runner; "
        "the test does not name it"
    )


def _steering_names(cls: type) -> list[str]:
    """Return the names of a class and its bases down to the last one that steers; empty if none does."""
    # an ExceptionGroup is a BaseExceptionGroup too
    kind = Exception if issubclass(cls, Exception) else BaseException
    bases = [base for base in cls.__mro__ if issubclass(base, kind)]
    steering = [n for n, base in enumerate(bases) if _steers(base)]
    return [base.__name__ for base in bases[: steering[-1] + 1]] if steering else []


def _steers(cls: type) -> bool:
    if cls in (BaseException, Exception) or not issubclass(cls, BaseException):
        return False
    if not issubclass(cls, Exception):
        return True
    return _is_runners(cls) or (cls.__name__ in _STEERING and cls.__module__ != "program")


def _is_runners(cls: type) -> bool:
    return any(base.__module__.partition(".")[0] in _RUNNERS for base in cls.__mro__)
