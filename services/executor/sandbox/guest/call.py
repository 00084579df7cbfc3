"""The conversation of one test run with one candidate: names bound, calls made, answers believed as data only."""

import builtins
import sys
from collections import deque
from typing import Any

from . import wire
from .link import Link, Lost
from .standins import Standin
from .test_refs import TEST_MODULE, Reference, TestRefs, number_of

_SHOWN_CHARS = 200
_BUILTINS = dict(vars(builtins))


class Conversation:
    """What the checker and one loaded program say to each other."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.refs = TestRefs(self)
        self.bindings: dict[str, Any] = {}
        self.plain: set[str] = set()
        self.broken: tuple[str, str] | None = None
        self.rests = False
        self._answers: deque[list[Any]] = deque()
        self._ahead = 0
        self._use_ahead = False
        self._last: Any = None

    # Loading

    def loaded(self, names: list[str], calls_ahead: int) -> None:
        """Take the answer to the load; bind the names. Raises ``Lost``."""
        line = self.link.receive()
        assert line is not None
        try:
            if line[0] == "broken":
                self._take_broken(line)
                return
            if line[0] != "loaded" or type(line[1]) is not dict:
                raise wire.WireError
            self.link.account(line[2])
            for name in names:
                if name in line[1]:
                    self.bindings[name] = wire.decode(line[1][name], self.refs)
        except Exception:  # noqa: BLE001  -- whatever a line of any shape runs into
            self.link.lose("runtime_error", "the program wrote to the checker's channel")
        self.refs.name(self.bindings)
        self.plain = {name for name, value in self.bindings.items() if not _by_reference(value)}
        self.asked_ahead(calls_ahead)

    def asked_ahead(self, calls: int) -> None:
        """Note that a batch of calls was sent."""
        self._ahead = calls

    @property
    def waiting(self) -> int:
        """Calls asked for ahead whose answers are still to come."""
        return self._ahead

    def namespace(self, known: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test: builtins, what the suite imports by use, and the program's names."""
        bound = {name: value for name, value in self.bindings.items() if name not in self.plain}
        names = {"__builtins__": _BUILTINS, "__name__": TEST_MODULE, **known, **bound}
        return _Globals(self, names) if self.plain else names

    def _take_broken(self, line: list[Any]) -> None:
        _kind, why, described, cpu_s = line
        self.link.account(cpu_s)
        if why == "syntax":
            self.broken = ("syntax_error", _tell(described))
        else:
            self.broken = (_outcome_of(described), f"while loading: {_tell(described)}")

    # Tests

    def start_test(self, *, first: bool, ahead: bool) -> None:
        """Begin a test; ``ahead`` says that its call was asked for with the batch, ``first`` that it is the
        first since the load.
        """
        self.rests = False
        self._last = None
        self._use_ahead = ahead
        self.refs.raised.clear()
        self.link.start_test(first=first, ahead=ahead)

    def verdict(self, error: BaseException | None) -> tuple[str, str]:
        """Return the outcome and a message for a test that ended with ``error`` (``None``: at its end)."""
        try:
            if self._use_ahead:  # the test ended before its call: take the answer that belongs to it
                self._next_answer()
        except Lost:
            pass
        lost = self.link.lost
        if lost is not None:
            return lost.outcome, lost.message
        if self.link.over_limit():
            return "time_limit", "more CPU time than a test may use"
        if error is None:
            return "passed", ""
        if isinstance(error, _TooLarge):
            return "output_limit", str(error)
        remote = any(error is raised for raised in self.refs.raised)
        if isinstance(error, MemoryError):
            return "memory_limit", "an allocation was refused"
        said = _said(error)
        text = f"{type(error).__name__}: {said}" if said else type(error).__name__
        if remote:
            line = getattr(error, "_acecoder_line", 0)
            return "runtime_error", clean(f"{text} (line {line})" if line else text)
        if isinstance(error, NameError):
            return "runtime_error", clean(f"the program does not define what the test uses: {text}")
        return "wrong_answer", clean(
            self._shown() if isinstance(error, AssertionError) and not said else text
        )

    def _shown(self) -> str:
        value = self._last
        if isinstance(value, Standin) or hasattr(type(value), "_acecoder_number"):
            return f"returned an object of class {type(value).__name__}"
        try:
            text = repr(value)
        except BaseException:  # noqa: BLE001  -- an int too long to print; an object in it that answers as it likes
            text = f"a {type(value).__name__}"
        return f"returned {text[:_SHOWN_CHARS]}"

    # Asker, for the stand-ins

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised, or ``Lost``."""
        try:
            value = self._asked(operation, args, kwargs)
        except StopIteration as stop:
            if operation in ("next", "anext") or _test_names("StopIteration"):
                raise
            # As generators do (PEP 479): ``all(map(f, cases))`` must not take an error for the end of its cases.
            self.refs.raised.append(RuntimeError("the program raised StopIteration"))
            raise self.refs.raised[-1] from stop
        self.refs.note(operation, args, value)
        return value

    def _asked(self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._use_ahead and operation == "call":
            line = self._next_answer()
            if line[0] != "stopped":
                return self._conclude(line, [])
        for number, content in self.refs.touched():
            self._ask("refill", (Reference(number), content), {})
        return self._ask(operation, args, kwargs)

    def _ask(self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        refs = self.refs
        if not self._ahead:
            self.link.asked_in_turn()
        refs.track()
        try:
            encoded = [wire.encode(value, refs) for value in args]
            named = {key: wire.encode(value, refs) for key, value in kwargs.items()}
        except wire.WireError as error:
            raise ValueError(str(error)) from None
        finally:
            tracked = refs.untrack()
        self.link.send(["op", operation, encoded, named])
        return self._conclude(self._answer(), tracked)

    def rests_on_program(self) -> None:
        """Mark the test in hand as resting on the program's code."""
        self.rests = True

    def made_by_test(self, standin: Any) -> bool:
        """Whether the test constructed the object from a class it names."""
        return number_of(standin) in self.refs.made

    def _next_answer(self) -> list[Any]:
        self._use_ahead = False
        line = self._answer(ahead=True)
        self._ahead = max(0, self._ahead - 1)
        if self._ahead == 0:
            self.link.verify_account()
        return line

    def _answer(self, *, ahead: bool = False) -> list[Any]:
        """Return the answer to the question in hand, serving callbacks until it comes.

        A batch ends (``stopped``) with the first answer that is an object: what the test does with that comes
        before the next call, so calls are made one by one from there.
        """
        while True:
            line = self.link.receive()
            assert line is not None
            if line[0] == "stopped":
                self._ahead = 0
                if not ahead:
                    continue
                return line
            if line[0] != "callback":
                return line
            self._serve(line)

    def _serve(self, line: list[Any]) -> None:
        """Do what the program asks of a test's object."""
        try:
            _kind, number, operation, args, kwargs = line
            values = [wire.decode(value, self.refs) for value in args]
            named = {str(key): wire.decode(value, self.refs) for key, value in kwargs.items()}
            result = wire.encode(self.refs.use(number, operation, values, named), self.refs)
        except Exception as error:  # noqa: BLE001  -- the callback's own exception goes to the program
            self.link.send(["raise", _describe(error, self.refs)])
        else:
            self.link.send(["return", result])

    def _conclude(self, line: list[Any], tracked: list[Any]) -> Any:
        """Turn an answer into a value or an exception."""
        try:
            kind, body, cpu_s, *rest = line
            self.link.account(cpu_s)
            if kind == "huge":
                raise _TooLarge(f"the answer is {int(body)} bytes long")
            if rest and rest[0]:
                self.refs.apply(tracked, rest[0])
            if kind == "error":
                raised = self.refs.raised_by(body)
                raised._acecoder_line = body.get("l", 0)  # type: ignore[attr-defined]  # noqa: SLF001
            elif kind == "value":
                self._last = wire.decode(body, self.refs)
                return self._last
            else:
                raise wire.WireError
        except _TooLarge:
            raise
        except Exception:  # noqa: BLE001  -- whatever a line of any shape runs into
            self.link.lose("runtime_error", "the program wrote to the checker's channel")
        raise raised


class _Globals(dict[str, Any]):
    """Globals that fetch the program's plain values anew at each use: it may have changed them since."""

    def __init__(self, talk: Conversation, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._talk = talk

    def __missing__(self, name: str) -> Any:
        if name in self._talk.plain:
            return self._talk.ask("global", name)
        raise KeyError(name)


def _by_reference(value: Any) -> bool:
    return isinstance(value, (Standin, type)) or hasattr(type(value), "_acecoder_number")


def _test_names(name: str) -> bool:
    """Whether the running test's own code mentions a name, such as an exception it expects."""
    frame = sys._getframe()  # noqa: SLF001
    while frame is not None:
        if frame.f_globals.get("__name__") == TEST_MODULE and name in frame.f_code.co_names:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _said(error: BaseException) -> str:
    """Return ``str(error)``; its arguments may be the program's objects, which answer as they like."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001  -- the verdict is known: this is only what a person is told
        return ""


class _TooLarge(Exception):
    """One answer is above ``output_bytes``."""


def _describe(error: Exception, refs: TestRefs) -> dict[str, Any]:
    """Describe a callback's exception to the program: its builtin class and plain arguments."""
    cls = next(base for base in type(error).__mro__ if getattr(builtins, base.__name__, None) is base)
    described: dict[str, Any] = {"b": cls.__name__, "a": []}
    try:
        return {**described, "a": [wire.encode(value, refs) for value in error.args]}
    except Exception:  # noqa: BLE001  -- arguments that cannot travel stay behind
        return described


def _outcome_of(described: Any) -> str:
    name = described.get("name") if type(described) is dict else ""
    return "memory_limit" if name == "MemoryError" else "runtime_error"


def _tell(described: Any) -> str:
    """Return a description of an exception, for a person."""
    if type(described) is not dict:
        return ""
    own = described.get("own")
    name = own[0][1] if own else described.get("name")
    return clean(f"{name}: {described.get('s', '')} (line {described.get('l', 0)})")


def clean(text: str) -> str:
    """Return text a terminal may print: control characters and lone surrogates escaped."""
    return "".join(c if c.isprintable() or c == " " else ascii(c)[1:-1] for c in text[:1000])
