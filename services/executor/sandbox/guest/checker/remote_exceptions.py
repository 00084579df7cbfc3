"""Rebuilds the program's exceptions in the checker, so that a test can catch them.

A class of the standard library is used as it is. For a class of the program's, a remote exception class is created
(``remote_exception_classes``): it has the same name and derives from the first library class among its bases, so that
``except ValueError`` catches what it should. Everything it is made from was written by the program.
"""

import sys
from typing import Any

from ..wire import codec
from ..wire.decoder import decode, decode_items
from ..wire.exception_members import set_members
from .candidate_caller import CandidateCaller
from .exports import ExportedObjects
from .remote_exception_classes import RemoteClass, RemoteError, create_class, library_base, remember

_MAX_OWN_CLASSES = 20
"""Classes of the program's among the bases of one exception: an honest hierarchy has fewer."""
_MAX_CHAIN = 10
"""Causes of causes: the candidate describes fewer."""


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

    def rebuild(self, described: Any, depth: int = 0) -> BaseException:
        """Rebuild an exception object of the program's."""
        if type(described) is not dict or depth > _MAX_CHAIN:
            raise codec.WireError("malformed exception")
        cls = self.class_of(described)
        args = decode_items(described.get("a", []), self._refs, 0)
        error: BaseException = cls.__new__(cls, *args)
        try:
            library_base(cls).__init__(error, *args)  # type: ignore[misc]
        except Exception:  # noqa: BLE001  -- its signature may not fit the arguments: they are set all the same
            error.args = tuple(args)
        set_members(error, described.get("m"))
        for name, value in dict(described.get("d", {})).items():
            if name == "__notes__":
                error.__notes__ = [note for note in value if type(note) is str]
            elif name.isidentifier() and not name.startswith(("__", "_acecoder")):
                error.__dict__[name] = decode(value, self._refs)
        if type(cls) is RemoteClass:
            remember(error, RemoteError.received(described))
        self._set_chain(error, described, depth + 1)
        return error

    def _set_chain(self, error: BaseException, described: dict[str, Any], depth: int) -> None:
        """Set what the exception was raised from, and what the program was handling then."""
        context, cause = described.get("context"), described.get("cause")
        if context is not None:
            error.__context__ = self.rebuild(context, depth)
        if cause == "context":
            error.__cause__ = error.__context__
        elif cause is not None:
            error.__cause__ = self.rebuild(cause, depth)
        if "suppress" in described:
            error.__suppress_context__ = described["suppress"] is True

    def class_of(self, described: Any) -> type:
        """Return a class that tests can catch: the library's, the test's, or one created for the program's."""
        cls = _library_class(described.get("module"), described.get("name"))
        if "lib" in described:
            module, name = described["lib"]
            cls = _library_class(module, name, cls)
        own = described.get("own", [])[:_MAX_OWN_CLASSES]
        bases = described.get("bases")
        found: dict[int, type] = {}
        for position in range(len(own) - 1, -1, -1):  # a class comes before its bases
            number, name = own[position]
            if type(number) is not int:
                raise codec.WireError("malformed exception")
            if number < 0:
                found[position] = cls = self._class_of_test(number)
                continue
            created = self._classes.get(number)
            if created is None:
                several = _bases(bases[position], found) if bases else []
                created = create_class(str(name)[:100], tuple(several) or (cls,), self._caller)
                self._classes[number] = created
                self.numbers[created] = number
            found[position] = cls = created
        return cls

    def _class_of_test(self, number: int) -> type:
        """Return an exception class that the test defines and passed to the program."""
        cls = self._exports.get(number)
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            raise codec.WireError("malformed exception")
        return cls


def _bases(described: list[Any], found: dict[int, type]) -> list[type]:
    """Return the bases of one class: those that are ``found`` already, by position, and the library's, by name.

    A base of another one is left out: it might stand before it.
    """
    bases = [
        found.get(base, Exception) if type(base) is int else _library_class(*base)
        for base in described[:_MAX_OWN_CLASSES]
    ]
    return [
        base
        for n, base in enumerate(bases)
        if base not in bases[:n] and not any(other is not base and issubclass(other, base) for other in bases)
    ]


def _library_class(module: Any, name: Any, default: type = Exception) -> type:
    """Return an exception class of a library module that is loaded here; ``default`` if there is none."""
    if type(module) is not str or type(name) is not str or module not in sys.modules:
        return default
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in codec.SCIENTIFIC or top in codec.LIBRARIES:
        cls = vars(sys.modules[module]).get(name)
        if isinstance(cls, type) and issubclass(cls, BaseException):
            return cls
    return default
