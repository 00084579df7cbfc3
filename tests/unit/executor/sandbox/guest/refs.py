"""An end of the wire that has no objects: nothing travels by reference."""

from services.executor.sandbox.guest.wire import codec
from services.executor.sandbox.guest.wire.nans import NaNs


class _NoRefs:
    aliases = None
    nans = NaNs(is_test=True)

    def alias(self, value, depth):
        raise codec.WireError("no reference")

    export = resolve = alias

    def adopt_builtin(self, value):
        return value

    def namespace(self, value, pairs, depth):
        return {"S": pairs}


NO_REFS = _NoRefs()
