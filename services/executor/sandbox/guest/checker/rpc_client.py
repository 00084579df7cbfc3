"""Calls one loaded program on behalf of the tests, and decodes its answers as plain data.

An answer arrives in one of two ways: prefetched, in a batch that was sent before the tests began, or by a call that is
made when a test gets there. Outcomes of errors are decided by ``outcomes``, references by ``refs``, limits by
``candidate_link`` and ``time_budget``.
"""

from threading import RLock
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode
from . import outcomes
from .candidate_link import CandidateLink
from .candidate_process import CandidateLost
from .control_flow import ordinary_error
from .empty_answers import empty_answers
from .evaluation import evaluation
from .loaded_names import LoadedNames
from .proxies import Proxy
from .refs import CheckerRefs, Reference
from .remote_object import object_number
from .surroundings import Surroundings


class CandidateClient(LoadedNames):
    """The RPC client of one loaded program; the ``CandidateCaller`` of its proxies."""

    def __init__(self, link: CandidateLink, setup_names: frozenset[str] = frozenset()) -> None:
        """``setup_names`` are the names that the suite's setup mentions."""
        super().__init__(link, CheckerRefs(self))
        self._setup_names = setup_names
        self.rests_on_program = False
        """Whether the program's code had a say in the running test."""
        self._truths_asked: set[int] = set()
        """Answers of the program's whose truth the running test asked for."""
        self._used: set[int] = set()
        """Objects of the program's that the running test asked anything else of."""
        self.asked = 0
        """What the running test and its setup asked the program so far, prefetched answers included."""
        self.pending_prefetched = 0
        """Prefetched calls whose answers are still to be read."""
        self.has_changed_arguments = False
        """Whether the program changed an argument in the running test."""
        self.evaluates = False
        """Whether the running test may run an answer as code, so that its first question is announced."""
        self.surroundings: Surroundings | None = None
        """Those of the running test, if it has any."""
        self.load_surroundings: Surroundings | None = None
        """The same, kept for all tests of this load."""
        self._use_prefetched = False
        self._must_forget = False
        """Whether the candidate still has numbers of containers that an earlier test had."""
        self._last: Any = None
        self._has_thread_waited = False
        """Whether a thread of the running test waited until a call of another one had its answer."""
        self._lock = RLock()  # a test may call from threads; a callback may call while a call is open

    def receive_load(self, names: list[str], prefetched_calls: int) -> None:
        """Receive the answer to a load; bind the names. Raises ``CandidateLost``."""
        if self._receive_names(names):
            self.pending_prefetched = prefetched_calls

    # Tests

    def surround(self) -> None:
        """Give the running test surroundings: call before it starts."""
        if self.load_surroundings is None:
            self.load_surroundings = Surroundings(self.refs)
        self.surroundings = self.load_surroundings
        self.surroundings.start_test()

    def close(self) -> None:
        """Remove what the tests of this load left in this process."""
        if self.load_surroundings is not None:
            self.load_surroundings.close()

    def prefetch(self, line: bytes, calls: int) -> None:
        """Send a batch of calls. Raises ``CandidateLost``."""
        self.link.send_text(line)
        self.pending_prefetched = calls

    def start_test(self, *, is_first: bool, is_prefetched: bool) -> None:
        """Begin a test: whether it is the first since the load, and whether its call was sent with a batch."""
        self.rests_on_program = self.has_changed_arguments = empty_answers.seen = False
        self.asked = 0
        self._must_forget = self.refs.shared.forget() or self._must_forget
        self._has_thread_waited = False
        self._truths_asked.clear()
        self._used.clear()
        self._last = None
        self._use_prefetched = is_prefetched
        self.refs.exceptions.raised_in_test.clear()
        self.refs.exports.unpropagated.clear()
        if self.surroundings is not None:
            self.surroundings.end_test()
            self.surroundings = None
        self.link.time.start_test(is_first=is_first, is_prefetched=is_prefetched)

    def outcome(self, error: BaseException | None) -> tuple[str, str]:
        """Return outcome and message of a test that ended with ``error`` (``None``: at its end)."""
        outcome, message = self._outcome(error)
        if self.surroundings is not None:
            self.rests_on_program = self.rests_on_program or self.surroundings.has_changed_files
            message = self.surroundings.explain(outcome, message)
        if outcome == "time_limit" and self._has_thread_waited:
            message = f"{message}; {outcomes.ONE_THREAD}"
        return outcome, message

    def _outcome(self, error: BaseException | None) -> tuple[str, str]:
        try:
            if self._use_prefetched:  # the test ended before its call: read the answer that belongs to it
                self._take_prefetched()
        except CandidateLost:
            pass
        self.link.time.end_test()
        if (lost := self.link.lost) is not None:
            return lost.outcome, lost.message
        if self.link.time.is_over_limit():
            return "time_limit", outcomes.OVER_CPU_LIMIT
        if error is None:
            return self._outcome_at_end()
        if isinstance(error, outcomes.AnswerTooLargeError):
            return "output_limit", str(error)
        return outcomes.outcome_of_error(error, self.refs.exceptions.raised_in_test, self._last)

    def _outcome_at_end(self) -> tuple[str, str]:
        unpropagated = self.refs.exports.unpropagated
        if AssertionError in unpropagated:
            return "wrong_answer", "an assertion failed in an object that the test passed to the program"
        self.rests_on_program = self.rests_on_program or bool(unpropagated)
        return "passed", ""

    # CandidateCaller, for the proxies

    def perform(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised, or ``CandidateLost``."""
        self.asked += 1
        if self.evaluates:
            evaluation.announce()
        if operation != "bool" and args and isinstance(args[0], Proxy):
            self._used.add(args[0]._acecoder_number)  # noqa: SLF001
        self.rests_on_program |= self.refs.provenance.passes_value_to_answer(operation, args, kwargs)
        try:
            if not self._lock.acquire(blocking=False):
                self._has_thread_waited = True
                self._lock.acquire()
            try:
                value = self._perform(operation, args, kwargs)
            finally:
                self._lock.release()
        except BaseException as error:
            if not self.was_raised_by_program(error):
                raise
            replacement = ordinary_error(error, operation, self._setup_names)
            if replacement is None:
                raise
            self.refs.exceptions.raised_in_test.append(replacement)
            raise replacement from error
        self.refs.provenance.record(operation, args, value, self.refs.received)
        return value

    def _perform(self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._use_prefetched and operation == "call":
            line = self._take_prefetched()
            if line[0] != "stopped":
                return self._decode_answer(line, [])
        for number, content, is_argument in self.refs.shared.changed_by_test():
            self.rests_on_program = self.rests_on_program or is_argument
            self._call_now("refill", (Reference(number), content), {})
        return self._call_now(operation, args, kwargs)

    def _call_now(self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        refs = self.refs
        if not self.pending_prefetched:
            self.link.time.start_call()
        refs.start_tracking()
        try:
            encoded = [encode(value, refs) for value in args]
            named = {key: encode(value, refs) for key, value in kwargs.items()}
        except codec.WireError as error:
            raise ValueError(str(error)) from None
        finally:
            tracked = refs.stop_tracking()
        if self.surroundings is not None:
            self.link.send(self.surroundings.line())
        if self._must_forget:
            self._must_forget = False
            self.link.send(["forget"])
        self.link.send(["op", operation, encoded, named])
        return self._decode_answer(self._receive_answer(), tracked)

    def mark_rests_on_program(self) -> None:
        """Note that the program's code had a say in the running test."""
        self.rests_on_program = True

    def mark_truth_of_program(self, proxy: Any) -> None:
        """Note that the running test asked for the truth of the program's object, which its own code decides."""
        self.rests_on_program = True
        if not self.made_by_test(proxy):
            self._truths_asked.add(proxy._acecoder_number)  # noqa: SLF001

    @property
    def decided_by_program(self) -> bool:
        """Whether the running test asked for the truth of an answer, and for nothing else of it."""
        return not self._truths_asked <= self._used

    def adopt_numpy(self, value: Any) -> Any:
        """Return the form in which a test gets an array of the program's."""
        return self.refs.adopt_numpy(value)

    def was_raised_by_program(self, error: BaseException) -> bool:
        """Whether the program raised it, rather than the test."""
        return any(error is raised for raised in self.refs.exceptions.raised_in_test)

    def made_by_test(self, proxy: Any) -> bool:
        """Whether the test constructed the object from a class that the suite names."""
        return object_number(proxy) in self.refs.provenance.made_by_test

    # Answers

    def _take_prefetched(self) -> list[Any]:
        """Return the answer to the running test's prefetched call."""
        self._use_prefetched = False
        line = self._receive_answer(is_prefetched=True)
        self.pending_prefetched = max(0, self.pending_prefetched - 1)
        if self.pending_prefetched == 0:
            self.link.time.take_report(line[2] if len(line) > 2 else None)
            self.link.verify_report()
        return line

    def _receive_answer(self, *, is_prefetched: bool = False) -> list[Any]:
        """Return the answer to the open call; serve callbacks until it comes.

        A batch ends (``stopped``) with the first answer that is an object: what the test does with that object comes
        before the next call, so the remaining calls are made one by one.
        """
        while True:
            line = self.link.receive()
            assert line is not None
            if line[0] == "stopped":
                self.pending_prefetched = 0
                if not is_prefetched:
                    continue
            if line[0] != "callback":
                return line
            if self.surroundings is not None and len(line) > 5:
                self._receive_printed(line.pop())
            self.link.send(self.refs.exports.serve_callback(line))

    def _take_changes(self, tracked: list[Any], rest: list[Any]) -> None:
        """Take what a call changed: arguments, other containers of the test's, its surroundings."""
        if rest and rest[0]:
            has_changed_argument, numbers = self.refs.apply_changes(tracked, rest[0])
            self.has_changed_arguments = self.has_changed_arguments or has_changed_argument
            if numbers and self.refs.shared.is_any_held(numbers, self._last):
                self.rests_on_program = True
        if self.surroundings is not None:
            self.surroundings.receive(rest[1])

    def _receive_printed(self, printed: Any) -> None:
        assert self.surroundings is not None
        try:
            self.surroundings.receive_printed(printed)
        except (codec.WireError, TypeError, ValueError):
            self.link.lose("runtime_error", outcomes.FORGED)

    def _decode_answer(self, line: list[Any], tracked: list[Any]) -> Any:
        """Return the value of an answer, or raise its exception."""
        try:
            kind, body, cpu_s, *rest = line
            self.link.time.take_report(cpu_s)
            if kind == "huge":
                self._must_forget = self.refs.shared.forget() or self._must_forget
                message = f"the answer is {int(body)} bytes long, more than output_bytes allows"
                raise outcomes.AnswerTooLargeError(message)
            self.refs.start_answer(tracked)
            if kind == "error":
                raised = self.refs.exceptions.rebuild_raised(body)
                self.refs.exports.mark_propagated(raised)
                raised._acecoder_line = body.get("l", 0)  # type: ignore[attr-defined]  # noqa: SLF001
                self._take_changes(tracked, rest)
            elif kind == "value":
                value = decode(body, self.refs)
                self._take_changes(tracked, rest)
                self._last = value
                return value
            else:
                raise codec.WireError
        except outcomes.AnswerTooLargeError:
            raise
        except Exception:  # noqa: BLE001  -- a line may have any shape: reading it may raise anything
            self.link.lose("runtime_error", outcomes.FORGED)
        context = raised.__context__
        try:
            raise raised
        finally:
            if context is not None:  # ``raise`` set what the test is handling in its place
                raised.__context__ = context
