"""The program's exceptions as a test can catch them: the library's own classes, or mirrors of the program's.

A mirror bears the name of a class of the program's and derives from the first class known to both sides, so that
``except ValueError`` catches what it should. Everything it is made from was written by the program.
"""

import sys
from typing import Any

from ..wire import codec
from ..wire.decoder import decode, decode_items
from .exports import Lent
from .proxies import Asker

_LONGEST_LINE = 20
"""Classes of the program's above one exception: more is no honest hierarchy."""


class Mirrors:
    """Exception classes and exceptions of one candidate."""

    def __init__(self, refs: codec.Refs, asker: Asker, lent: Lent) -> None:
        self._refs = refs
        self._lent = lent
        self._asker = asker
        self.raised: list[BaseException] = []
        """What the program raised in the test in hand."""
        self.numbers: dict[type, int] = {}
        """The program's number of each mirror."""
        self._mirrors: dict[int, type] = {}

    def raised_by(self, described: Any) -> BaseException:
        """Return the like of what the program raised, and remember that it did."""
        error = self.exception(described)
        self.raised.append(error)
        return error

    def exception(self, described: Any) -> BaseException:
        """Return the like of an exception of the program's."""
        if type(described) is not dict:
            raise codec.WireError("malformed exception")
        cls = self.exception_class(described)
        args = decode_items(described.get("a", []), self._refs, 0)
        error: BaseException = cls.__new__(cls, *args)
        known = next(base for base in cls.__mro__ if "_acecoder_base" not in vars(base))
        try:
            known.__init__(error, *args)  # type: ignore[misc]
        except Exception:  # noqa: BLE001  -- a signature its arguments do not fit: they are set all the same
            error.args = tuple(args)
        for name, value in dict(described.get("d", {})).items():
            if name.isidentifier() and not name.startswith("_"):
                error.__dict__[name] = decode(value, self._refs)
        return error

    def exception_class(self, described: Any) -> type:
        """Return a class that tests can catch: known to all, or a mirror of the program's."""
        known = _known(described.get("module"), described.get("name"))
        for number, name in reversed(described.get("own", [])[:_LONGEST_LINE]):
            if type(number) is not int:
                raise codec.WireError("malformed exception")
            if number < 0:
                known = self._of_test(number)
                continue
            mirror = self._mirrors.get(number)
            if mirror is None:
                mirror = self._mirrors[number] = self._mirror(str(name)[:100], known)
                self.numbers[mirror] = number
            known = mirror
        return known

    def _of_test(self, number: int) -> type:
        """Return an exception class of the test's own, which the program was handed."""
        cls = self._lent.of(number)
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            raise codec.WireError("malformed exception")
        return cls

    def _mirror(self, name: str, base: type) -> type:
        """Return a class like the program's; one that a test makes itself is made by the program."""

        def init(error: BaseException, /, *args: Any, **kwargs: Any) -> None:
            made = self._asker.ask("call", type(error), *args, **kwargs)
            if isinstance(made, BaseException):
                error.args = made.args
                error.__dict__.update(made.__dict__)

        return type(name, (base,), {"__module__": "program", "__init__": init, "_acecoder_base": base})


def _known(module: Any, name: Any) -> type:
    """Look an exception up among the standard library's, in modules already loaded here."""
    if type(module) is not str or type(name) is not str or module not in sys.modules:
        return Exception
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in codec.SCIENTIFIC:
        found = vars(sys.modules[module]).get(name)
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
    return Exception
