"""Hosts one program: loads it and answers calls to it with plain data. Knows no test (but see ``same_process``).

The program shares this process and can change anything in it, so no other process trusts what the host sends. A program
that forges its answers gains nothing: a forged answer is still only an answer of the program.

Lines in: ``["load", program, code, names, alone, library]`` ·
``["main", program, code, stdin, files, stderr_is_read]`` · ``["batch", [[name, args, kwargs], …]]`` ·
``["op", name, args, kwargs]`` ·
``["return", value]`` · ``["raise", exception]`` (answers to a callback) ·
``["around", streams, builtins, files, folder]`` (the surroundings of the next ``op``: ``candidate.surroundings``) ·
``["test", program, setup, test, aliases]`` (``same_process`` describes its answers) ·
``["unasked", setup, test, aliases, entry_point]`` (``unasked`` has its answer).
Lines out: ``["loaded", {name: value}, cpu_s]`` · ``["broken", kind, exception, cpu_s]`` ·
``["value", value, cpu_s, changed]`` · ``["error", exception, cpu_s, changed]`` · ``["huge", bytes, cpu_s]`` ·
``["stopped"]`` · ``["callback", number, op, args, kwargs]``. In surroundings, a value, an error and a callback have one
more field: what was printed, and of an answer the changed files.
``alone``: no batch follows. ``library``: those of ``names`` that are wanted only if the program binds them itself; what
it imported from a library counts as not defined. ``changed``: ``[number, content]`` of each argument that the call
changed. ``stopped``: the rest of a batch is not answered.

The host writes to the wakeup descriptor after the last line of a batch, not after each answer: a wakeup of the checker
costs a switch between processes.
"""

import os
import sys
import threading
import time
import types
from typing import Any

from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader
from ..wire.decoder import decode
from ..wire.encoder import encode
from ..wire.operations import OPERATIONS
from . import same_process, stdio, unasked
from .answers import changed_by_call, encode_answer, encode_kept
from .exceptions import describe_exception
from .kept import UNKEPT_ANSWER
from .program_module import FILE, MODULE, compiled_code, is_imported, set_home
from .refs import ProgramRefs
from .surroundings import Surroundings

_WAKE_EVERY_LINES = 64
"""Unread lines take up the socket's buffer, which about 270 of them fill. The checker is woken long before."""
_WAKE_EVERY_BYTES = 32 * 1024
"""The same limit in bytes: a fraction of the buffer, which has about 200 kB on Linux."""
_REACHES_INTO_OBJECT = frozenset({"getattr", "getitem", "global"})
"""Operations whose result may be a container that still belongs to the object."""
_NO_CAP_BYTES = 1 << 40
"""Cap on a line from the checker, which is trusted: more than it could send."""


class ProgramHost:
    """One program and its channel to the checker. Created before the fork, in the session supervisor."""

    def __init__(self, channel: int, wakeup_fd: int, output_bytes: int) -> None:
        self._lines = LineReader(channel, _NO_CAP_BYTES)
        self._channel = channel
        self._wakeup_fd = wakeup_fd
        self._output_bytes = output_bytes
        self._unread = [0, 0]
        """Lines and bytes written since the last wakeup."""
        self._clock = time.process_time
        self._lock = threading.RLock()
        self._module = types.ModuleType(MODULE)
        self._module.__file__ = FILE
        self.refs = ProgramRefs(self.use_test_object)
        self._operations = {**OPERATIONS, "global": self._global}
        self._surroundings: Surroundings | None = None
        """Those of the tests so far, if one had any."""
        self._around: list[Any] | None = None
        """The surroundings of the next call."""

    def serve(self) -> None:
        """Answer until the checker closes the channel."""
        try:
            while True:
                self._handle(codec.loads(self._lines.read()))
        except (ChannelClosed, ConnectionError):
            return

    def _handle(self, line: list[Any]) -> None:
        kind = line[0]
        if kind == "batch":
            self._answer_batch(line[1])
            self._wake_checker()
        elif kind == "op":
            if self._around is None:
                self._send(self._answer(line[1], line[2], line[3]))
            else:
                self._answer_around(line)
            self._wake_checker()
        elif kind == "load":
            self._load(line[1], line[2], line[3], line[5])
            if line[4]:
                self._wake_checker()
        elif kind == "main":
            self._run_script(*line[1:])
        elif kind == "test":
            same_process.run_test(self._channel, self._wakeup_fd, *line[1:])
        elif kind == "unasked":
            self._send(unasked.run_without_program(*line[1:]))
            self._wake_checker()
        elif kind == "around":
            self._around = line[1:]
        elif kind == "forget":
            self.refs.kept.forget()

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

    def _load(self, program: str, code: str, names: list[str], library: list[str]) -> None:
        sys.modules[MODULE] = self._module
        if not self._execute(program, code):
            self._wake_checker()
            return
        namespace = self._module.__dict__
        values = {}
        for name in names:
            if name in namespace:
                try:  # ``suppress`` would cost a dozen page faults
                    if name in library and is_imported(name, namespace[name]):
                        continue
                    values[name] = encode(namespace[name], self.refs)
                except Exception:  # noqa: BLE001, S110  -- a value that cannot travel counts as not defined
                    pass
        self._send(["loaded", values, self._clock()])

    def _execute(self, program: str, compiled: str) -> bool:
        """Execute the program as a module; report what went wrong, and return whether all of it ran."""
        try:
            code = compiled_code(program, compiled)
        except BaseException as error:  # noqa: BLE001
            kind = "syntax" if isinstance(error, (SyntaxError, ValueError)) else "raised"
            self._send(["broken", kind, describe_exception(error, self.refs), self._clock()])
            return False
        try:
            set_home()
            exec(code, self._module.__dict__)  # noqa: S102
        except BaseException as error:  # noqa: BLE001
            self._send(["broken", "raised", describe_exception(error, self.refs), self._clock()])
            return False
        return True

    def _run_script(
        self, program: str, code: str, stdin: str, files: dict[str, str], stderr_is_read: bool
    ) -> None:
        """Run the program as a script. The checker reads its output from the pipe that is its stdout."""
        self._module = types.ModuleType("__main__")
        self._module.__file__ = FILE
        sys.modules["__main__"] = self._module
        stdio.write_files(files)
        stdio.replace_stdin(stdin)
        raised: BaseException | None = None
        try:
            exec(compiled_code(program, code), self._module.__dict__)  # noqa: S102
        except BaseException as error:  # noqa: BLE001
            raised = error
        status = stdio.finish_script(raised, stderr_is_read=stderr_is_read)
        if raised is None or isinstance(raised, SystemExit):
            self._send(["value", status, self._clock(), None])
        else:
            kind = "syntax" if stdio.is_own_syntax_error(raised) else "raised"
            self._send(["broken", kind, describe_exception(raised, self.refs), self._clock()])
        self._wake_checker()

    # Answering

    def _answer_batch(self, calls: list[Any]) -> None:
        """Answer prefetched calls, up to the first one that returns an object.

        The test may use that object before the next call, so the calls after it are made one by one.
        """
        self.refs.kept.forget()
        for position, (name, args, kwargs) in enumerate(calls, 1):
            self.refs.exported = False
            self._send(self._answer("call", [None, *args], kwargs, function=name))
            if self.refs.exported and position < len(calls):
                self._send(["stopped"])
                return

    def _answer_around(self, line: list[Any]) -> None:
        """Answer a call that has the surroundings of its test."""
        if self._surroundings is None:
            self._surroundings = Surroundings(self._output_bytes)
        assert self._around is not None
        (streams, replaced, files, folder), self._around = self._around, None
        values = {name: decode(value, self.refs) for name, value in replaced.items()}
        self._surroundings.enter(streams, values, files, folder)
        answer = self._answer(line[1], line[2], line[3])
        self._send([*answer, self._surroundings.leave()])

    def _answer(
        self, operation: str, args: list[Any], kwargs: dict[str, Any], function: str = ""
    ) -> list[Any]:
        refs = self.refs
        changed = None
        outer = refs.start_arguments()
        try:
            arguments = [decode(value, refs) for value in args]
            named = {key: decode(value, refs) for key, value in kwargs.items()}
            if function:
                arguments[0] = self._global(function)
            before = refs.snapshot()
            try:
                value = self._operations[operation](*arguments, **named)
            except BaseException as error:  # noqa: BLE001
                described = describe_exception(error, refs)
                refs.start_answer()
                # the traceback refers to the arguments, too
                changed = changed_by_call(refs, before, retained=False)
                line = ["error", described, self._clock(), changed]
            else:
                if function:
                    encoded = encode_answer(value, refs)
                    changed = refs.changed(before)
                else:
                    set_by_test = arguments[0] if operation == "refill" else None
                    arguments.clear()
                    named.clear()
                    is_reached = operation in _REACHES_INTO_OBJECT
                    refs.start_answer(is_reached=is_reached)
                    is_held = is_reached or sys.getrefcount(value) > UNKEPT_ANSWER
                    encoded = encode_kept(value, refs, is_held=is_held)
                    value = None
                    changed = changed_by_call(refs, before, set_by_test=set_by_test)
                line = ["value", encoded, self._clock(), changed]
        except BaseException as error:  # noqa: BLE001
            line = ["error", describe_exception(error, refs), self._clock(), changed]
        finally:
            refs.kept.finish_answer()
            refs.end_arguments(outer)
        return line

    def _global(self, name: str) -> Any:
        try:
            return self._module.__dict__[name]
        except KeyError:
            raise NameError(f"the program does not define {name!r}") from None

    def use_test_object(
        self, number: int, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Ask the checker for an operation on one of the test's objects, such as a callback; return its result."""
        with self._lock:
            encoded = [encode(value, self.refs) for value in args]
            named = {key: encode(value, self.refs) for key, value in kwargs.items()}
            line = ["callback", number, operation, encoded, named]
            if self._surroundings is not None and self._surroundings.is_open:
                line.append(self._surroundings.take_printed())
            self._send(line)
            self._wake_checker()
            while True:
                line = codec.loads(self._lines.read())
                if line[0] == "return":
                    return decode(line[1], self.refs)
                if line[0] == "raise":
                    raise self.refs.exception(line[1])
                self._handle(line)
