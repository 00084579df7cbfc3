"""Sends HTTP requests: authentication, retries, and exceptions from problem details. All HTTP goes through here.

``request`` retries by itself. ``lines`` does not: ``streaming`` reads what has arrived, and then opens the stream
again. Every request may be sent again, because a POST is idempotent by its content: the service finds the same work in
its cache, or joins it to the work in flight. The client waits as long as ``Retry-After`` says, and up to a tenth longer
at random, so that many trainers do not retry at the same instant.

How long one request is retried by default: while nothing listens, for 5 s from its begin, or since the service
was last reached; 4 attempts in all if the connection breaks or the service fails, however long each took; up to 300 s
from its first refusal, at the pace of ``Retry-After``, while the service is full.
The logger ``acecoder`` gets one line when retries begin, and one every ``LOG_EVERY_S`` while they last.
"""

import logging
import random
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx2
import stamina
from anyio.lowlevel import RunVar

from clients._transport.error_answers import error_of_answer
from clients._transport.pool import open_pool
from clients._transport.silence import Silence
from clients.config import ClientConfig
from clients.errors import (
    AceCoderError,
    CannotConnectError,
    ConnectionLostError,
    ProtocolError,
    QueueFullError,
    QueueUnavailableError,
    TimedOutError,
    TooManyRequestsError,
)
from clients.version import __version__

JSON = "application/json"
NDJSON = "application/x-ndjson"
LOG_EVERY_S = 30.0
"""Seconds between two log lines about retries at one address: all requests of a process share them."""
# a client splits batches far below it, so one candidate or suite is that large
_LARGE_BODY_BYTES = 16 * 2**20
_NO_TLS = ("WRONG_VERSION_NUMBER", "record layer failure", "CERTIFICATE_VERIFY_FAILED")
"""In errors of OpenSSL: the peer speaks plain HTTP, or has a certificate that is not trusted. Retries do not help."""
_log = logging.getLogger("acecoder")
_logged_at: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Service:
    """What messages about a service say."""

    name: str
    advice: str
    """What to do if nothing listens at its address."""


EXECUTOR = Service("executor", "start the services with `acecoder up`, or set ACECODER_URL to their address")


class Http:
    """HTTP client of one service. It works in any event loop: each loop gets its own pool of connections."""

    def __init__(
        self,
        config: ClientConfig,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        service: Service = EXECUTOR,
    ) -> None:
        self.config = config
        self._service = service
        self._transport = transport
        _silence_library_log()
        self._silence = Silence()
        self._client: RunVar[httpx2.AsyncClient | None] = RunVar("acecoder_http", None)

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: dict[str, str] | None = None,
        read_s: float | None = None,
    ) -> httpx2.Response:
        """Return the first answer with a status below 400, after retries if they are needed.

        Raises:
            ServiceError: the service still answers with problem details after the last attempt.
            TransportError: no answer came.
            ProtocolError: an error answer came that is not problem details.
        """
        sent_headers = self._headers(headers, body)
        timeout = self._timeout(read_s)
        async for attempt in self.retries():
            with attempt, self._translated_errors(len(body or b"")):
                response = await self._pool().request(
                    method, path, content=body, headers=sent_headers, timeout=timeout
                )
                if response.status_code >= 400:
                    raise error_of_answer(response, sent_headers["x-request-id"])
                if _is_cut(response):
                    raise ConnectionLostError(
                        f"the answer of {self.config.url} broke before its message was whole"
                    )
        return response

    @asynccontextmanager
    async def lines(
        self, method: str, path: str, body: bytes | None = None, *, read_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """Open an NDJSON answer without retries; yield lists of lines, one list for what arrived together.

        Raises:
            AceCoderError: as ``request``; ``ConnectionLostError`` if the stream breaks.
        """
        sent_headers = self._headers({"accept": NDJSON}, body)
        opened = self._pool().stream(
            method, path, content=body, headers=sent_headers, timeout=self._timeout(read_s)
        )
        with self._translated_errors(len(body or b"")):
            async with opened as response:
                if response.status_code >= 400:
                    await response.aread()
                    raise error_of_answer(response, sent_headers["x-request-id"])
                yield _split_lines(response)

    def retries(self) -> AsyncIterable[stamina.Attempt]:
        """Return the first attempt of one request and its retries, as ``stamina.retry_context`` yields them."""
        return stamina.retry_context(
            on=_retry_hook(self.config, self._service),
            attempts=None,
            timeout=None,  # the hook decides: a request may take far longer than it is retried for
            wait_initial=0.05,
            wait_max=5.0,
            wait_jitter=0.1,
        )

    @contextmanager
    def _translated_errors(self, body_bytes: int) -> Iterator[None]:
        """Raise an ``AceCoderError`` in place of the HTTP library's exception."""
        try:
            yield
        except (httpx2.TransportError, httpx2.StreamError) as error:
            # The message has all that the library's error has.
            raise _translate(error, self.config.url, self._service, body_bytes) from None

    async def aclose(self) -> None:
        """Close this event loop's connections; the next request opens new ones."""
        if client := self._client.get():
            self._client.set(None)
            await client.aclose()

    def _pool(self) -> httpx2.AsyncClient:
        if client := self._client.get():
            return client
        client = open_pool(self.config.url, self._transport)
        client.event_hooks = {"response": [self._silence.watch]}
        self._client.set(client)
        return client

    def _headers(self, extra: dict[str, str] | None, body: bytes | None) -> dict[str, str]:
        headers = {"accept": JSON, "user-agent": f"acecoder/{__version__}", "x-request-id": uuid.uuid4().hex}
        if body is not None:
            headers["content-type"] = JSON
        if self.config.token:
            headers["authorization"] = f"Bearer {self.config.token}"
        return headers | (extra or {})

    def _timeout(self, read_s: float | None) -> httpx2.Timeout:
        config = self.config
        timeout_s = max(config.read_s, read_s or 0.0)
        # A write, and the wait for a free connection, last until the service reads: they get the same time-out.
        return httpx2.Timeout(connect=config.connect_s, read=timeout_s, write=timeout_s, pool=timeout_s)


def _is_cut(response: httpx2.Response) -> bool:
    """Whether an answer broke unnoticed: behind a proxy of HTTP/1.0 (nginx's default), a break looks like its end.

    The service sends blanks while an answer waits, and each of its JSON messages is an object or a list. A break right
    after a bracket within the message is not noticed here: the message is then no JSON, and the error says so.
    """
    body, media_type = response.content.rstrip(), response.headers.get("content-type", "")
    if media_type.startswith(JSON):
        return not body.endswith((b"}", b"]"))
    return response.content.isspace()


def _translate(error: Exception, url: str, service: Service, body_bytes: int) -> AceCoderError:
    if any(sign in str(error) for sign in _NO_TLS):
        return ProtocolError(
            f"no TLS with {url} ({error}); a service without TLS has an address with http://"
        )
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return CannotConnectError(f"nothing answers at {url} ({error}); {service.advice}")
    if isinstance(error, httpx2.TimeoutException):
        return TimedOutError(f"no answer from {url} in time ({type(error).__name__})")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.ProxyError):
        return ProtocolError(f"{url}: {error}")
    reason = str(error) or type(error).__name__
    if body_bytes > _LARGE_BODY_BYTES:
        reason += (
            f"; the request has {body_bytes / 2**20:.0f} MiB, perhaps more than the service takes "
            f"(its setting MAX_BODY_BYTES): make the suite or the program smaller"
        )
    return ConnectionLostError(f"the connection to {url} broke: {reason}")


def _retry_hook(config: ClientConfig, service: Service = EXECUTOR) -> Callable[[Exception], bool | float]:
    """Return the function that decides, for one request, whether to retry: yes, no, or after so many seconds."""
    reached_at = time.monotonic()  # when it began, and then when the service was last reached
    refused_at: float | None = None  # the first of the refusals that last
    failures = 0

    def decide(error: Exception) -> bool | float:
        nonlocal failures, reached_at, refused_at
        if not isinstance(error, AceCoderError) or not error.retryable:
            return False
        if isinstance(error, CannotConnectError):
            if time.monotonic() - reached_at >= config.connect_s:
                return False
            _log_retry(config, service, error, f"trying again for {config.connect_s:g} s")
            return True
        reached_at = time.monotonic()
        if isinstance(error, QueueFullError | QueueUnavailableError | TooManyRequestsError):
            refused_at = reached_at if refused_at is None else refused_at
            if reached_at - refused_at >= config.retry_s:
                return False
            _log_retry(config, service, error, f"trying again for up to {config.retry_s:g} s")
        else:
            failures, refused_at = failures + 1, None
            if failures >= config.attempts:
                return False
            _log_retry(config, service, error, f"attempt {failures + 1} of {config.attempts} follows")
        retry_after_s: float | None = getattr(error, "retry_after_s", None)
        if retry_after_s is None:
            return True
        return min(retry_after_s, config.retry_s) * random.uniform(1.0, 1.1)  # noqa: S311 - not a secret

    return decide


def _log_retry(config: ClientConfig, service: Service, error: AceCoderError, plan: str) -> None:
    """Log one line, unless there was one about this address a short time ago."""
    now = time.monotonic()
    if now - _logged_at.get(config.url, -LOG_EVERY_S) >= LOG_EVERY_S:
        _logged_at[config.url] = now
        _log.warning("%s at %s: %s; %s", service.name, config.url, str(error).partition("\n")[0], plan)


def _silence_library_log() -> None:
    """Keep stamina from logging each retry of ours, in 300 characters; its hooks still get other code's retries."""
    hooks = stamina.instrumentation.get_on_retry_hooks()
    if not all(isinstance(hook, _OthersRetries) for hook in hooks):
        wrapped = [hook if isinstance(hook, _OthersRetries) else _OthersRetries(hook) for hook in hooks]
        stamina.instrumentation.set_on_retry_hooks(wrapped)


class _OthersRetries:
    """Calls one of stamina's hooks, except for errors of this package."""

    def __init__(self, hook: stamina.instrumentation.RetryHook) -> None:
        self._hook = hook

    def __call__(self, details: stamina.instrumentation.RetryDetails) -> AbstractContextManager[None] | None:
        """Pass on the retry, unless ``_log_retry`` has reported it."""
        return None if isinstance(details.caused_by, AceCoderError) else self._hook(details)


async def _split_lines(response: httpx2.Response) -> AsyncIterator[list[bytes]]:
    rest: list[bytes] = []  # pieces of a line whose end has not arrived yet
    async for chunk in response.aiter_bytes():
        *whole, last = chunk.split(b"\n")
        if whole:
            whole[0] = b"".join([*rest, whole[0]])
            rest = []
            if lines := [line for line in whole if line.strip()]:
                yield lines
        rest.append(last)
    if (tail := b"".join(rest)).strip():
        yield [tail]
