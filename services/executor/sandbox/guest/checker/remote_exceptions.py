"""Rebuilds the program's exceptions in the checker, so that a test can catch them.

A class of the standard library is used as it is. For a class of the program's, a remote exception class is created: it
has the same name and derives from the first library class among its bases, so that ``except ValueError`` catches what
it should. Everything it is made from was written by the program.
"""

import sys
from typing import Any

from ..wire import codec
from ..wire.decoder import decode, decode_items
from .exports import ExportedObjects
from .proxies import CandidateCaller

_MAX_OWN_CLASSES = 20
"""Classes of the program's among the bases of one exception: an honest hierarchy has fewer."""


class RemoteExceptions:
    """The exceptions of one candidate and their classes."""

    def __init__(self, refs: codec.Refs, caller: CandidateCaller, exports: ExportedObjects) -> None:
        self._refs = refs
        self._exports = exports
        self._caller = caller
        self.raised_in_test: list[BaseException] = []
        """What the program raised in the running test."""
        self.numbers: dict[type, int] = {}
        """The program's number of each class that was created."""
        self._classes: dict[int, type] = {}

    def rebuild_raised(self, described: Any) -> BaseException:
        """Rebuild an exception that the program raised, and remember that it did."""
        error = self.rebuild(described)
        self.raised_in_test.append(error)
        return error

    def rebuild(self, described: Any) -> BaseException:
        """Rebuild an exception object of the program's."""
        if type(described) is not dict:
            raise codec.WireError("malformed exception")
        cls = self.class_of(described)
        args = decode_items(described.get("a", []), self._refs, 0)
        error: BaseException = cls.__new__(cls, *args)
        library = next(base for base in cls.__mro__ if "_acecoder_base" not in vars(base))
        try:
            library.__init__(error, *args)  # type: ignore[misc]
        except Exception:  # noqa: BLE001  -- its signature may not fit the arguments: they are set all the same
            error.args = tuple(args)
        for name, value in dict(described.get("d", {})).items():
            if name.isidentifier() and not name.startswith("_"):
                error.__dict__[name] = decode(value, self._refs)
        return error

    def class_of(self, described: Any) -> type:
        """Return a class that tests can catch: the library's, the test's, or one created for the program's."""
        cls = _library_class(described.get("module"), described.get("name"))
        for number, name in reversed(described.get("own", [])[:_MAX_OWN_CLASSES]):
            if type(number) is not int:
                raise codec.WireError("malformed exception")
            if number < 0:
                cls = self._class_of_test(number)
                continue
            created = self._classes.get(number)
            if created is None:
                created = self._classes[number] = self._create_class(str(name)[:100], cls)
                self.numbers[created] = number
            cls = created
        return cls

    def _class_of_test(self, number: int) -> type:
        """Return an exception class that the test defines and passed to the program."""
        cls = self._exports.get(number)
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            raise codec.WireError("malformed exception")
        return cls

    def _create_class(self, name: str, base: type) -> type:
        """Return a class like the program's. If a test constructs an instance, the program's class is called for it."""

        def init(error: BaseException, /, *args: Any, **kwargs: Any) -> None:
            made = self._caller.perform("call", type(error), *args, **kwargs)
            if isinstance(made, BaseException):
                error.args = made.args
                error.__dict__.update(made.__dict__)

        return type(name, (base,), {"__module__": "program", "__init__": init, "_acecoder_base": base})


def _library_class(module: Any, name: Any) -> type:
    """Return an exception class of a library module that is loaded here; ``Exception`` if there is none."""
    if type(module) is not str or type(name) is not str or module not in sys.modules:
        return Exception
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in codec.SCIENTIFIC:
        cls = vars(sys.modules[module]).get(name)
        if isinstance(cls, type) and issubclass(cls, BaseException):
            return cls
    return Exception
