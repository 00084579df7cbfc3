"""Sends items to a scoring server over HTTP: connection pool, concurrency limit, retries, and errors per item.

400, 413 and 422 mean that the server will never accept the item: its error is final. Any other failure is retried, and
then becomes a retryable error, because the same item may be scored later. A failure affects its own item only, also
when the server's answer cannot be read. A request for an item that no caller waits for any more is cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import stamina
import structlog

from services.rm.backend import Deliver, IsAwaited, ScoreResult

ATTEMPTS = 4
"""Attempts of one request. With the back-off between them they cover some seconds of a server that restarts or is
full."""
WAIT_INITIAL_S, WAIT_MAX_S = 0.2, 5.0
"""Shortest and longest back-off."""
READY_S = 5.0
"""How long ``/readyz`` waits for the server."""
POLL_S = 0.5
"""How often it is checked whether any caller still waits for an item that was sent."""
_REJECTED = frozenset({400, 413, 422})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ItemRejectedError(Exception):
    """The server will never score this item; the message says why."""


class ServerFailedError(Exception):
    """The server did not score the item; the message says why. A later request may succeed."""


class _TransientError(ServerFailedError):
    """A failure that is worth a retry now."""


class ScoringServer:
    """The connections to one server; at most ``concurrency`` items are sent at once."""

    def __init__(self, url: str, key: str, *, concurrency: int, read_s: float) -> None:
        base = url.rstrip("/").removesuffix("/v1")
        self.url = base
        self._http = httpx2.AsyncClient(
            base_url=base,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(read_s, connect=READY_S),
            limits=httpx2.Limits(max_connections=concurrency + 1),  # one more for ``/readyz``
            # A proxy that the environment names cannot reach this machine's loopback.
            trust_env=httpx2.URL(base).host not in _LOOPBACK,
        )
        self._slots = asyncio.Semaphore(concurrency)

    async def score_one(
        self,
        index: int,
        request: Callable[[], Awaitable[ScoreResult]],
        deliver: Deliver,
        is_awaited: IsAwaited,
    ) -> None:
        """Call ``request`` for one item when there is a free slot, and deliver its result."""
        async with self._slots:
            if not is_awaited(index):
                return
            score = await _cancel_when_abandoned(request(), lambda: is_awaited(index))
        if score:
            deliver([(index, score)])

    async def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - any JSON value
        """Send a request, with retries, and return the JSON answer.

        Raises:
            ItemRejectedError: the server will never accept this body.
            ServerFailedError: the server does not answer, or answers with an error or with no JSON.
        """
        async for attempt in stamina.retry_context(
            on=_TransientError,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=WAIT_INITIAL_S,
            wait_max=WAIT_MAX_S,
        ):
            with attempt:
                return await self._request("POST", path, body)
        raise AssertionError("stamina returned without an answer")

    async def models(self) -> list[dict[str, Any]]:
        """Return the models that the server lists.

        Raises:
            ServerFailedError: it does not list any.
        """
        try:
            async with asyncio.timeout(READY_S):
                answer = await self._request("GET", "/v1/models")
            return [dict(model) for model in answer["data"]]
        except (ItemRejectedError, TimeoutError, KeyError, TypeError, ValueError) as error:
            reason = error or f"no answer within {READY_S:g} s"
            raise ServerFailedError(f"{self.url}/v1/models: {reason}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _request(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON value
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise _TransientError(f"{self.url} does not answer: {error or type(error).__name__}") from error
        if answer.status_code in _REJECTED:
            raise ItemRejectedError(f"the server rejects the item: {_message(answer)}")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _TransientError(f"{self.url}{path} answers {answer.status_code}: {_message(answer)}")
        if answer.status_code != 200:
            raise ServerFailedError(f"{self.url}{path} answers {answer.status_code}: {_message(answer)}")
        try:
            return answer.json()
        except ValueError as error:
            raise ServerFailedError(
                f"{self.url}{path} answers no JSON; check that RM_SERVER_URL is a server of this kind"
            ) from error


async def _cancel_when_abandoned(
    request: Awaitable[ScoreResult], is_awaited: Callable[[], bool]
) -> ScoreResult | None:
    """Return the result of a request, or cancel it and return ``None`` when no caller waits for it any more.

    So an item on which the server hangs gives its slot back.
    """
    task = asyncio.ensure_future(_result_of(request))
    try:
        while not task.done() and is_awaited():
            await asyncio.wait([task], timeout=POLL_S)
        return task.result() if task.done() else None
    finally:
        task.cancel()


async def _result_of(request: Awaitable[ScoreResult]) -> ScoreResult:
    """Turn every exception of a request into the error of its item."""
    try:
        return await request
    except ItemRejectedError as error:
        return ScoreResult(error=str(error))
    except ServerFailedError as error:
        structlog.get_logger().warning("an item got no score from the server", why=str(error))
        return ScoreResult(error=str(error), retryable=True)
    except Exception as error:  # noqa: BLE001 - an answer of an unexpected shape affects its own item only
        structlog.get_logger().exception("an answer of the server could not be read")
        return ScoreResult(
            error=f"the server's answer could not be read: {type(error).__name__}: {error}", retryable=True
        )


def _message(answer: httpx2.Response) -> str:
    """Return the message of an error body, in OpenAI's form or any other; one line of at most 300 characters."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.text
    if isinstance(body, dict):
        inner = body.get("error", body)
        body = inner.get("message", inner) if isinstance(inner, dict) else inner
    return " ".join(str(body).split())[:300]
