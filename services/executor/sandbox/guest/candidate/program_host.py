"""Hosts one program: loads it, answers calls with plain data, and knows no test.

The program shares this process and may do anything to it: nothing here is trusted by anyone. What the host
sends is what the program says, and a program that forges its own answers has only answered.

Lines in: ``["load", program, code, names, alone]`` · ``["main", program, code, stdin, files, shown]`` ·
``["batch", [[name, args, kwargs], …]]`` · ``["op", name, args, kwargs]`` ·
``["return", value]`` · ``["raise", exception]`` (answers to a callback).
Lines out: ``["loaded", {name: value}, cpu_s]`` · ``["broken", kind, exception, cpu_s]`` ·
``["value", value, cpu_s, changed]`` · ``["error", exception, cpu_s, changed]`` · ``["huge", bytes, cpu_s]`` ·
``["callback", number, op, args, kwargs]``. ``changed`` lists ``[number, content]`` of mutated arguments.
The bell is rung when an answer is worth waking the checker for: after the last line of a batch.
"""

import contextlib
import marshal
import os
import sys
import threading
import time
import types
from binascii import a2b_base64
from typing import Any

from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader
from ..wire.decoder import decode
from ..wire.encoder import encode
from ..wire.operations import OPERATIONS
from . import stdio
from .refs import ProgramRefs, describe_exception

_WAKE_EVERY_LINES = 64
"""Unread lines take socket buffer; the checker is woken before they can fill it (about 270 do)."""
_WAKE_EVERY_BYTES = 32 * 1024
"""The same in bytes: a fraction of the buffer, which Linux makes some 200 kB large."""
_REACHING = frozenset({"getattr", "getitem", "global"})
"""Operations that reach into an object: a container they give is still the object's."""
_NEVER_CAP = 1 << 40
"""Bytes of a line from the checker, which is not asked to prove anything: more than it could send."""


class ProgramHost:
    """One program and the channel to its checker. Made before the fork that it serves in."""

    def __init__(self, channel: int, wakeup_fd: int, output_bytes: int) -> None:
        self._lines = LineReader(channel, _NEVER_CAP)
        self._channel = channel
        self._wakeup_fd = wakeup_fd
        self._output_bytes = output_bytes
        self._unread = [0, 0]
        self._clock = time.process_time
        self._lock = threading.RLock()
        self._module = types.ModuleType("program")
        self.refs = ProgramRefs(self.ask)
        self._operations = {**OPERATIONS, "global": self._named}

    def serve(self) -> None:
        """Answer until the checker hangs up."""
        try:
            while True:
                self._handle(codec.loads(self._lines.read()))
        except (ChannelClosed, ConnectionError):
            return

    def _handle(self, line: list[Any]) -> None:
        kind = line[0]
        if kind == "batch":
            self._batch(line[1])
            self._wake_checker()
        elif kind == "op":
            self._answer(line[1], line[2], line[3])
            self._wake_checker()
        elif kind == "load":
            self._load(line[1], line[2], line[3])
            if line[4]:
                self._wake_checker()
        elif kind == "main":
            self._main(*line[1:])

    # Sending

    def _send(self, line: list[Any]) -> None:
        text = codec.dumps(line).encode()
        if len(text) > self._output_bytes:
            text = codec.dumps(["huge", len(text), self._clock()]).encode()
        text += b"\n"
        sent = os.write(self._channel, text)
        while sent < len(text):
            sent += os.write(self._channel, text[sent:])
        self._unread[0] += 1
        self._unread[1] += len(text)
        if self._unread[0] >= _WAKE_EVERY_LINES or self._unread[1] >= _WAKE_EVERY_BYTES:
            self._wake_checker()

    def _wake_checker(self) -> None:
        self._unread[:] = [0, 0]
        os.eventfd_write(self._wakeup_fd, 1)

    # Loading

    def _load(self, program: str, code: str, names: list[str]) -> None:
        sys.modules["program"] = self._module
        if not self._run(program, code):
            self._wake_checker()
            return
        namespace = self._module.__dict__
        found = {}
        for name in names:
            if name in namespace:
                with contextlib.suppress(Exception):  # a name that cannot travel is a name not offered
                    found[name] = encode(namespace[name], self.refs)
        self._send(["loaded", found, self._clock()])

    def _run(self, program: str, compiled: str) -> bool:
        try:
            code = _code(program, compiled)
        except BaseException as error:  # noqa: BLE001
            kind = "syntax" if isinstance(error, (SyntaxError, ValueError)) else "raised"
            self._send(["broken", kind, describe_exception(error, self.refs), self._clock()])
            return False
        try:
            exec(code, self._module.__dict__)  # noqa: S102
        except BaseException as error:  # noqa: BLE001
            self._send(["broken", "raised", describe_exception(error, self.refs), self._clock()])
            return False
        return True

    def _main(self, program: str, code: str, stdin: str, files: dict[str, str], shown: bool) -> None:
        """Run the program as a script; what it printed is read from the pipe that is its stdout."""
        self._module = types.ModuleType("__main__")
        sys.modules["__main__"] = self._module
        stdio.place(files)
        stdio.become_stdin(stdin)
        left: BaseException | None = None
        try:
            exec(_code(program, code), self._module.__dict__)  # noqa: S102
        except BaseException as error:  # noqa: BLE001
            left = error
        status = stdio.finish(left, shown=shown)
        if left is None or isinstance(left, SystemExit):
            self._send(["value", status, self._clock(), None])
        else:
            kind = "syntax" if stdio.is_own_syntax_error(left) else "raised"
            self._send(["broken", kind, describe_exception(left, self.refs), self._clock()])
        self._wake_checker()

    # Answering

    def _batch(self, calls: list[Any]) -> None:
        """Answer calls asked for ahead, up to the first that gives an object: what the test does with that
        comes before the next call.
        """
        for position, (name, args, kwargs) in enumerate(calls, 1):
            self.refs.exported = False
            self._answer("call", [None, *args], kwargs, function=name)
            if self.refs.exported and position < len(calls):
                self._send(["stopped"])
                return

    def _answer(self, operation: str, args: list[Any], kwargs: dict[str, Any], function: str = "") -> None:
        refs = self.refs
        changed = None
        try:
            arguments = [decode(value, refs) for value in args]
            named = {key: decode(value, refs) for key, value in kwargs.items()}
            if function:
                arguments[0] = self._named(function)
            before = refs.snapshot()
            try:
                value = self._operations[operation](*arguments, **named)
            except BaseException as error:  # noqa: BLE001
                changed = refs.changed(before)
                line = ["error", describe_exception(error, refs), self._clock(), changed]
            else:
                changed = refs.changed(before)
                encoded = self._encode(value, live=operation in _REACHING)
                line = ["value", encoded, self._clock(), changed]
        except BaseException as error:  # noqa: BLE001
            line = ["error", describe_exception(error, refs), self._clock(), changed]
        finally:
            refs.forget_arguments()
        self._send(line)

    def _encode(self, value: Any, *, live: bool) -> Any:
        try:
            if live and type(value) in codec.MUTABLE:
                return self.refs.live(value)
            return encode(value, self.refs)
        except codec.WireError:  # a value that holds itself, say, stays here
            return self.refs.export(value, 0)

    def _named(self, name: str) -> Any:
        try:
            return self._module.__dict__[name]
        except KeyError:
            raise NameError(f"the program does not define {name!r}") from None

    def ask(self, number: int, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Use an object of the checker's (a callback) and return what it gives back."""
        with self._lock:
            encoded = [encode(value, self.refs) for value in args]
            named = {key: encode(value, self.refs) for key, value in kwargs.items()}
            self._send(["callback", number, operation, encoded, named])
            self._wake_checker()
            while True:
                line = codec.loads(self._lines.read())
                if line[0] == "return":
                    return decode(line[1], self.refs)
                if line[0] == "raise":
                    raise self.refs.exception(line[1])
                self._handle(line)


def _code(program: str, compiled: str) -> types.CodeType:
    """Return the program's code: ``compiled`` (base64 of ``marshal``) if it came along."""
    if compiled:
        code: types.CodeType = marshal.loads(a2b_base64(compiled))  # noqa: S302  -- written by our own compiler
        return code
    return compile(program, "<program>", "exec", dont_inherit=True)
