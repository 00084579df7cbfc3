"""The sandbox protocol: programs × one suite → outcomes, behind any wall.

A ``Sandbox`` is one warm jail. It decides outcomes and nothing else: rates, rewards and wire messages
are ``grading``'s, queues and retries the worker's. Backends differ in the wall they build
(``nsjail``, ``docker``, ``unsafe_process``); the guest code that runs inside is the same.

Not promised: that a ``Sandbox`` survives its jail. When the jail breaks, ``judge`` starts another, up to twice; then
what is left is yielded with a ``fault``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.contract import Limits, OnTimeout, State, Suite, TestResult

RUNNER_VERSION = "8"
"""Version of everything that can change an outcome; part of every cache key. Raise it when one may."""


class SandboxFault(Exception):
    """The jail failed. The message is one sentence a user can act on; no verdict follows from it."""


class SandboxUnavailable(SandboxFault):
    """The jail cannot be built on this machine. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one program."""

    index: int
    """Its position among the programs given to ``judge``."""
    tests: list[TestResult]
    """One per test of the suite; empty if there is a ``fault``."""
    fault: str = ""
    """Why there is no verdict, if the jail failed while judging this program (and again afresh)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a suite's tests are run against each program."""

    limits: Limits
    """``limits.cpu_s`` is a number here: ``auto`` is resolved before."""
    state: State = State.SHARED
    on_timeout: OnTimeout = OnTimeout.CONTINUE


class Sandbox(Protocol):
    """One warm jail. ``judge`` may be called from several threads at once."""

    def judge(
        self,
        suite: Suite,
        programs: Sequence[str],
        rules: Rules,
        *,
        on_asleep: Callable[[], None] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Judgement]:
        """Yield one ``Judgement`` per program, as each finishes (not in order).

        ``on_asleep`` is called once, when every program left is asleep (uses no CPU and waits for its
        wall-time backstop) or waits for a place to sleep in: the caller may start other work beside this call.
        ``cancelled`` is polled a few times a second; once true, programs in hand are ended and nothing more is
        yielded but verdicts that were being confirmed.
        """
        ...

    def start(self) -> None:
        """Start the jail and warm it; ``judge`` does so when needed.

        Raises:
            SandboxUnavailable: with the missing piece and the fix.
        """
        ...

    def close(self) -> None:
        """End the jail and everything in it. May be called twice."""
        ...
