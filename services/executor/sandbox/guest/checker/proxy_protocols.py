"""Provides what a proxy does in ``with``, ``await``, ``async for`` and for the module ``copy``.

A failed assertion of the test's is final: the program's context manager learns that one failed, not what was expected,
and cannot swallow it. Where it swallowed another exception, the outcome is marked ``rests_on_program``.
"""

from collections.abc import Generator
from contextlib import suppress
from typing import Any

from .awaiting import perform_awaited
from .remote_object import RemoteObject


class _ForCopy:
    """``__copy__`` of a class, which ``copy.copy`` calls. No object has it: ``itertools.tee`` would call it."""

    def __get__(self, proxy: "ProxyProtocols | None", _owner: type) -> Any:
        if proxy is None:
            return lambda copied: copied._acecoder_caller.perform("copy", copied)  # noqa: SLF001
        raise AttributeError("__copy__")


class ProxyProtocols(RemoteObject):
    """Context managers, awaiting and copying of ``Proxy``."""

    __slots__ = ()

    def __enter__(self) -> Any:
        return self._acecoder_caller.perform("enter", self)

    __copy__ = _ForCopy()

    def __deepcopy__(self, _memo: object) -> Any:
        return self._acecoder_caller.perform("deepcopy", self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("exit", error)

    def _exit(self, operation: str, error: BaseException | None) -> bool:
        """Leave the program's context manager; return whether it swallowed the error.

        A failed assertion of the test's is final: the manager learns that one failed, not what was expected, and cannot
        swallow it.
        """
        caller = self._acecoder_caller
        if error is None:
            return bool(caller.perform(operation, self, None, None, None))
        if isinstance(error, AssertionError) and not caller.was_raised_by_program(error):
            with suppress(Exception):  # what it raises itself does not hide the failure either
                caller.perform(operation, self, AssertionError, AssertionError(), None)
            return False
        swallowed = bool(caller.perform(operation, self, type(error), error, None))
        if swallowed:
            caller.mark_rests_on_program()
        return swallowed

    def __await__(self) -> Generator[Any, None, Any]:
        return perform_awaited(self._acecoder_caller, "await", self).__await__()

    async def __aenter__(self) -> Any:
        return await perform_awaited(self._acecoder_caller, "aenter", self)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("aexit", error)

    def __aiter__(self) -> Any:
        return self._acecoder_caller.perform("aiter", self)

    async def __anext__(self) -> Any:
        return await perform_awaited(self._acecoder_caller, "anext", self)
