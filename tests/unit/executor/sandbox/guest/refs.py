"""An end of the wire that has no objects: nothing travels by reference."""

from services.executor.sandbox.guest.wire import codec


class _NoRefs:
    aliases = None

    def alias(self, value, depth):
        raise codec.WireError("no reference")

    export = resolve = alias

    def namespace(self, value, pairs, depth):
        return {"S": pairs}


NO_REFS = _NoRefs()
