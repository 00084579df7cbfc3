"""Defines the sandbox protocol: judges programs by one suite and returns outcomes, with any isolation backend.

A ``Sandbox`` is one warm jail. It decides outcomes and nothing else: rates and rewards are computed in ``results``,
queues and retries are the worker's. Backends (``nsjail``, ``docker``, ``unsafe_process``) differ in how they isolate
the jail; the guest code that runs in it is the same.

Not promised: that a ``Sandbox`` survives every failure of its jail. ``judge`` starts another jail up to twice; after
that the programs that are left are yielded with a ``fault``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.contract import IsolationProfile, Limits, OnTimeout, State, Suite, TestResult

RUNNER_VERSION = "17"
"""Version of everything that can change an outcome; part of every cache key. Raise it with each such change."""


class SandboxFault(Exception):
    """The jail failed. The message is one sentence a user can act on; no verdict follows from it."""


class SandboxUnavailable(SandboxFault):
    """The jail cannot be built on this machine. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The results of one program."""

    index: int
    """Its position among the programs given to ``judge``."""
    tests: list[TestResult]
    """One per test of the suite; empty if there is a ``fault``."""
    fault: str = ""
    """Why there is no verdict: the jail failed while judging this program, and so did those started after it."""
    run_s: float = 0.0
    """Seconds for which it was being judged, in all its attempts."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the tests of a suite are run against each program."""

    limits: Limits
    """``limits.cpu_s`` is a number here: ``auto`` is replaced before."""
    state: State = State.SHARED
    on_timeout: OnTimeout = OnTimeout.CONTINUE
    values: bool = False
    """Whether each test's result has the hash of what the program answered (``TestResult.value_hash``)."""


class Sandbox(Protocol):
    """One warm jail. ``judge`` may be called from several threads at once."""

    @property
    def profile(self) -> IsolationProfile:
        """How strongly it isolates programs. Valid after ``start``."""
        ...

    @property
    def profile_reason(self) -> str:
        """Why the profile is not a better one, as the end of a sentence. Valid after ``start``."""
        ...

    def judge(
        self,
        suite: Suite,
        programs: Sequence[str],
        rules: Rules,
        *,
        on_asleep: Callable[[], None] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
        accept: Callable[[Sequence[int]], bool] = lambda _: False,
    ) -> Iterator[Judgement]:
        """Yield one ``Judgement`` per program when it is done (not in order).

        ``on_asleep`` is called once, when every program that is left sleeps (uses no CPU until its wall-time limit) or
        waits for a slot for sleeping programs: the caller may start other work beside this call.
        ``cancelled`` is polled a few times a second. Once it is true, programs being judged are ended. Only those that
        were being judged again are still yielded, with their best attempt so far.
        ``accept`` is offered the positions of all programs that were not begun, a few times a second while one computes
        for long. If it returns true, others judge them, and none of them is yielded.
        """
        ...

    def renew_idle(self) -> None:
        """Prepare for the next suite what a suite needs for itself alone, and return at once.

        Call this when no caller waits for a result: the next ``judge`` is then sooner done. Without it, ``judge`` does
        the same.
        """
        ...

    def start(self) -> None:
        """Start the jail and warm it up. ``judge`` does this when needed.

        Raises:
            SandboxUnavailable: with what is missing and what to do.
        """
        ...

    def close(self) -> None:
        """End the jail and everything in it. May be called twice."""
        ...
