"""The only place that speaks HTTP: authentication, retries, and problems turned into exceptions.

Trying again is safe for every request made here, because a POST is idempotent by its content: the same
work is found in the cache or joins what is in flight. ``Retry-After`` is honoured and spread a little,
so that many trainers do not come back at the same instant.

Timeline of one request, with the default configuration: nothing listens → 5 s; the connection breaks or
the service fails → 4 tries; the service says "full" → as told, up to 300 s.
"""

import random
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import metadata

import httpx2
import stamina
from anyio.lowlevel import RunVar
from pydantic import ValidationError

from clients.config import ClientConfig
from clients.contract import ProblemDetails
from clients.errors import (
    AceCoderError,
    CannotConnectError,
    ConnectionLostError,
    ProtocolError,
    QueueFullError,
    QueueUnavailableError,
    TimedOutError,
    TooManyRequestsError,
    error_for,
)

JSON = "application/json"
NDJSON = "application/x-ndjson"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MAX_CONNECTIONS = 64  # more wait in the pool; a batch goes out in a handful of requests


class Http:
    """One service, reached from any event loop: each loop gets its own keep-alive pool."""

    def __init__(self, config: ClientConfig, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.config = config
        self._transport = transport
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
        """Return the first answer below 400.

        Raises:
            ServiceError: the service answered with a problem, and goes on doing so.
            TransportError: no answer.
            ProtocolError: an error answer that is not a problem.
        """
        sent = self._headers(headers, body)
        timeout = self._timeout(read_s)
        async for attempt in self.attempts():
            with attempt, self._transport_errors():
                response = await self._pool().request(
                    method, path, content=body, headers=sent, timeout=timeout
                )
                if response.status_code >= 400:
                    raise _problem(response, sent["x-request-id"])
        return response

    @asynccontextmanager
    async def lines(
        self, method: str, path: str, body: bytes | None = None, *, read_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """Open an NDJSON answer, once: the lines that came together are yielded together.

        Raises:
            AceCoderError: as ``request``; a broken stream is ``ConnectionLostError``.
        """
        sent = self._headers({"accept": NDJSON}, body)
        opened = self._pool().stream(method, path, content=body, headers=sent, timeout=self._timeout(read_s))
        with self._transport_errors():
            async with opened as response:
                if response.status_code >= 400:
                    await response.aread()
                    raise _problem(response, sent["x-request-id"])
                yield _split_lines(response)

    def attempts(self) -> AsyncIterable[stamina.Attempt]:
        """Tries of one request, as ``stamina.retry_context`` yields them."""
        return stamina.retry_context(
            on=_retry_hook(self.config),
            attempts=None,
            timeout=self.config.retry_s,
            wait_initial=0.05,
            wait_max=5.0,
            wait_jitter=0.1,
        )

    async def aclose(self) -> None:
        """Close this event loop's connections; the next request opens new ones."""
        if client := self._client.get():
            self._client.set(None)
            await client.aclose()

    def _pool(self) -> httpx2.AsyncClient:
        if client := self._client.get():
            return client
        host = httpx2.URL(self.config.url).host
        client = httpx2.AsyncClient(
            base_url=self.config.url,
            transport=self._transport,
            # A proxy of the environment is not the way to this machine.
            trust_env=host not in _LOOPBACK,
            limits=httpx2.Limits(max_connections=_MAX_CONNECTIONS, keepalive_expiry=30),
        )
        self._client.set(client)
        return client

    def _headers(self, extra: dict[str, str] | None, body: bytes | None) -> dict[str, str]:
        headers = {"accept": JSON, "user-agent": f"acecoder/{_version()}", "x-request-id": uuid.uuid4().hex}
        if body is not None:
            headers["content-type"] = JSON
        if self.config.token:
            headers["authorization"] = f"Bearer {self.config.token}"
        return headers | (extra or {})

    def _timeout(self, read_s: float | None) -> httpx2.Timeout:
        config = self.config
        longest = max(config.read_s, read_s or 0.0)
        # Writing and waiting for a free connection take as long as the service needs to read.
        return httpx2.Timeout(connect=config.connect_s, read=longest, write=longest, pool=longest)

    def _transport_errors(self) -> "_TransportErrors":
        return _TransportErrors(self.config)


class _TransportErrors:
    """Turns the HTTP library's exceptions into ours."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, httpx2.TransportError | httpx2.StreamError):
            raise _our_error(error, self._config.url) from None  # the message says it all


def _our_error(error: Exception, url: str) -> AceCoderError:
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return CannotConnectError(
            f"nothing answers at {url} ({error}); start the services with `acecoder up`, "
            f"or say where they are with ACECODER_URL"
        )
    if isinstance(error, httpx2.TimeoutException):
        return TimedOutError(f"no answer from {url} in time ({type(error).__name__})")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.ProxyError):
        return ProtocolError(f"{url}: {error}")
    return ConnectionLostError(f"the connection to {url} broke: {error or type(error).__name__}")


def _retry_hook(config: ClientConfig) -> Callable[[Exception], bool | float]:
    """Decide, for one request, whether to try again; a number is the seconds to wait first."""
    started = time.monotonic()
    failures = 0

    def decide(error: Exception) -> bool | float:
        nonlocal failures
        if not isinstance(error, AceCoderError) or not error.retryable:
            return False
        if isinstance(error, CannotConnectError):
            return time.monotonic() - started < config.connect_s
        if not isinstance(error, QueueFullError | QueueUnavailableError | TooManyRequestsError):
            failures += 1
            if failures >= config.attempts:
                return False
        told_s: float | None = getattr(error, "retry_after_s", None)
        return True if told_s is None else told_s * random.uniform(1.0, 1.1)  # noqa: S311 - not a secret

    return decide


def _problem(response: httpx2.Response, request_id: str) -> AceCoderError:
    retry_after_s = _seconds(response.headers.get("retry-after"))
    try:
        problem = ProblemDetails.model_validate_json(response.content)
    except ValidationError:
        excerpt = response.text[:200].strip()
        said = f"HTTP {response.status_code} from {response.url} that is no problem report: {excerpt!r}"
        if response.status_code < 500 and response.status_code != 429:
            return ProtocolError(said)
        # A gateway's page while the service restarts: worth another try.
        problem = ProblemDetails(type="about:blank", title=said, status=response.status_code)
    if problem.request_id is None:
        problem.request_id = response.headers.get("x-request-id", request_id)
    return error_for(problem, retry_after_s)


def _seconds(retry_after: str | None) -> float | None:
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


async def _split_lines(response: httpx2.Response) -> AsyncIterator[list[bytes]]:
    rest: list[bytes] = []  # pieces of a line whose end has not come
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


@cache
def _version() -> str:
    try:
        return metadata.version("acecoder-services")
    except metadata.PackageNotFoundError:
        return "0"
