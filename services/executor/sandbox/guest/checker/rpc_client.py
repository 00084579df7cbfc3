"""One loaded program and the tests that run against it: its names bound, its calls made, its answers believed as
data only.

Answers come in one of two ways: asked for ahead, in a batch that was sent before the tests began, or in turn, when a
test gets there. What a test's end means is ``verdict``'s, what a reference stands for ``checker_refs``'s, when a
candidate is given up ``link``'s.
"""

from threading import RLock
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode
from . import outcomes
from .candidate_link import Link
from .lost import Lost
from .namespace import Bindings, test_mentions
from .proxies import number_of
from .refs import CheckerRefs, Reference


class Conversation:
    """What the checker and one loaded program say to each other."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.refs = CheckerRefs(self)
        self.broken: tuple[str, str] | None = None
        self.rests = False
        self._bindings = Bindings({}, self._fetch)
        self._ahead = 0
        self._use_ahead = False
        self._last: Any = None
        self._one_at_a_time = RLock()  # a test may ask from threads; a callback asks while a question is open

    # Loading

    def loaded(self, names: list[str], calls_ahead: int) -> None:
        """Take the answer to the load; bind the names. Raises ``Lost``."""
        line = self.link.receive()
        assert line is not None
        found = {}
        try:
            if line[0] == "broken":
                self._take_broken(line)
                return
            if line[0] != "loaded" or type(line[1]) is not dict:
                raise codec.WireError
            self.link.account(line[2])
            for name in names:
                if name in line[1]:
                    found[name] = decode(line[1][name], self.refs)
        except Exception:  # noqa: BLE001  -- whatever a line of any shape runs into
            self.link.lose("runtime_error", outcomes.FORGED)
        self.refs.provenance.name(found)
        self._bindings = Bindings(found, self._fetch)
        self.asked_ahead(calls_ahead)

    def _take_broken(self, line: list[Any]) -> None:
        _kind, why, described, cpu_s = line
        self.link.account(cpu_s)
        outcome, message = outcomes.of_broken(why, described)
        self.broken = (outcome, message if outcome == "syntax_error" else f"while loading: {message}")

    def _fetch(self, name: str) -> Any:
        return self.ask("global", name)

    # Tests

    def asked_ahead(self, calls: int) -> None:
        """Note that a batch of calls was sent."""
        self._ahead = calls

    @property
    def waiting(self) -> int:
        """Calls asked for ahead whose answers are still to come."""
        return self._ahead

    def namespace(self, known: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test; ``known`` is what the suite means from the library."""
        return self._bindings.namespace(known)

    def start_test(self, *, first: bool, ahead: bool) -> None:
        """Begin a test; ``ahead`` says that its call was asked for with the batch, ``first`` that it is the
        first since the load.
        """
        self.rests = False
        self._last = None
        self._use_ahead = ahead
        self.refs.mirrors.raised.clear()
        self.refs.lent.kept.clear()
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
            return self._at_its_end()
        if isinstance(error, _TooLarge):
            return "output_limit", str(error)
        return outcomes.of_error(error, self.refs.mirrors.raised, self._last)

    def _at_its_end(self) -> tuple[str, str]:
        kept = self.refs.lent.kept
        if AssertionError in kept:
            return "wrong_answer", "an assertion failed in what the test handed to the program"
        self.rests = self.rests or bool(kept)
        return "passed", ""

    # Asker, for the stand-ins

    def ask(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised, or ``Lost``."""
        try:
            with self._one_at_a_time:
                value = self._asked(operation, args, kwargs)
        except StopIteration as stop:
            if operation in ("next", "anext") or test_mentions("StopIteration"):
                raise
            # As generators do (PEP 479): ``all(map(f, cases))`` must not take an error for the end of its cases.
            error = RuntimeError("the program raised StopIteration")
            self.refs.mirrors.raised.append(error)
            raise error from stop
        self.refs.provenance.note(operation, args, value)
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
            encoded = [encode(value, refs) for value in args]
            named = {key: encode(value, refs) for key, value in kwargs.items()}
        except codec.WireError as error:
            raise ValueError(str(error)) from None
        finally:
            tracked = refs.untrack()
        self.link.send(["op", operation, encoded, named])
        return self._conclude(self._answer(), tracked)

    def rests_on_program(self) -> None:
        """Mark the test in hand as resting on the program's code."""
        self.rests = True

    def is_programs(self, error: BaseException) -> bool:
        """Whether the program raised it, rather than the test."""
        return any(error is each for each in self.refs.mirrors.raised)

    def made_by_test(self, standin: Any) -> bool:
        """Whether the test constructed the object from a class it names."""
        return number_of(standin) in self.refs.provenance.made

    def _next_answer(self) -> list[Any]:
        self._use_ahead = False
        line = self._answer(ahead=True)
        self._ahead = max(0, self._ahead - 1)
        if self._ahead == 0:
            self.link.account(line[2] if len(line) > 2 else None)
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
            self.link.send(self.refs.lent.answer(line))

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
                raised = self.refs.mirrors.raised_by(body)
                self.refs.lent.passed_on(raised)
                raised._acecoder_line = body.get("l", 0)  # type: ignore[attr-defined]  # noqa: SLF001
            elif kind == "value":
                self._last = decode(body, self.refs)
                return self._last
            else:
                raise codec.WireError
        except _TooLarge:
            raise
        except Exception:  # noqa: BLE001  -- whatever a line of any shape runs into
            self.link.lose("runtime_error", outcomes.FORGED)
        raise raised


class _TooLarge(Exception):
    """One answer is above ``output_bytes``."""
