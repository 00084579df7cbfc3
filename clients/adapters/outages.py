"""Waits while a service is unavailable, so that a training pauses and goes on instead of ending.

The client of a service retries by itself, for seconds or minutes (``clients._transport.http``). Then it raises an
error, which would end the training. An ``OutageGuard`` repeats the call until the service answers, for at most
``ACECODER_PAUSE_S`` seconds (default: 3600; 0: the error is raised at once). The logger ``acecoder`` gets a line when
the pause begins, one every ``LOG_EVERY_S``, and one when it ends. No reward is made up meanwhile.

A pause needs a service that has answered before, in this process, if only with an error: an address at which nothing
ever answered is probably wrong, and its error is raised at once. An error of the request itself is raised at once,
too.
"""

import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from clients.errors import AceCoderError, TransportError

PAUSE_S = 3600.0
"""Default of ``ACECODER_PAUSE_S``. An hour: enough to notice a message and to start a service again."""
LOG_EVERY_S = 30.0
"""Seconds between two log lines of one pause."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0
"""Seconds between two attempts. The longest is what a training loses at most after the service is back."""
_LOG = logging.getLogger("acecoder")
Answer = TypeVar("Answer")


class OutageGuard:
    """Calls one service, and repeats a call while the service is unavailable.

    Many tasks may share one; each call has its own pause.
    """

    def __init__(self, service: str) -> None:
        """``service``: its name in messages."""
        self._service = service
        self._has_answered = False

    async def call(
        self, request: Callable[[], Awaitable[Answer]], is_outage: Callable[[Answer], bool]
    ) -> Answer:
        """Return the first answer of ``request`` that is no outage; the last one if the pause is over.

        ``is_outage`` says whether an answer holds nothing but failures of the service.

        Raises:
            AceCoderError: the request is wrong; or the service is unavailable and has never answered, or was
                unavailable for the whole pause.
            ValueError: ``ACECODER_PAUSE_S`` is not a number of seconds.
        """
        pause = _Pause(self._service, longest_pause_s())
        answers: list[Answer] = []

        async def attempt_request() -> None:
            answers.append(await request())
            self._has_answered = True
            if is_outage(answers[-1]):
                raise _NothingJudgedError

        try:
            async for attempt in stamina.retry_context(
                on=lambda error: self._is_known(error) and pause.is_continued(error),
                attempts=None,
                timeout=None,
                wait_initial=_FIRST_WAIT_S,
                wait_max=_LONGEST_WAIT_S,
                wait_jitter=_FIRST_WAIT_S,
            ):
                with attempt:
                    await attempt_request()
            pause.end()
        except _NothingJudgedError:
            pass
        return answers[-1]

    def _is_known(self, error: Exception) -> bool:
        """Whether something answers at the address, or did."""
        return self._has_answered or not isinstance(error, TransportError)


class _NothingJudgedError(Exception):
    """An answer of the service that holds nothing but failures."""

    retryable = True

    def __str__(self) -> str:
        return "it answers, but judges or scores no candidate"


class _Pause:
    """The pause of one call: how long it lasts, and what is logged about it."""

    def __init__(self, service: str, longest_s: float) -> None:
        self._service, self._longest_s = service, longest_s
        self._began_at: float | None = None
        self._logged_at = 0.0

    def is_continued(self, error: Exception) -> bool:
        """Return whether the call is repeated after this error; begins the pause, and logs it."""
        if not isinstance(error, AceCoderError | _NothingJudgedError) or not error.retryable:
            return False
        now = time.monotonic()
        if self._began_at is None:
            self._began_at = now
        paused_s = now - self._began_at
        if paused_s >= self._longest_s:
            return False
        if paused_s == 0 or now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            _LOG.warning(
                "training pauses, for %.0f s so far: %s: %s; it goes on when the service answers, and ends after %g s "
                "(ACECODER_PAUSE_S)",
                paused_s,
                self._service,
                str(error).partition("\n")[0],
                self._longest_s,
            )
        return True

    def end(self) -> None:
        """Log that the training goes on, if it was paused."""
        if self._began_at is not None:
            paused_s = time.monotonic() - self._began_at
            _LOG.warning("%s answers again; training goes on after %.0f s", self._service, paused_s)


def longest_pause_s() -> float:
    """Return the bound of a pause, from ``ACECODER_PAUSE_S``.

    Raises:
        ValueError: it is not a number of seconds.
    """
    text = os.environ.get("ACECODER_PAUSE_S") or str(PAUSE_S)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise ValueError(f"ACECODER_PAUSE_S={text!r}: give a number of seconds, 0 or more")
    return seconds
