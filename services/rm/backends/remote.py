"""A server that scores for us, over HTTP: tries, time-outs, and what its answers mean for an item.

What it will never take (400, 413, 422) is the item's own fault. All else is tried again, then said to be ours: the same
item may be scored later. Whatever becomes of an item, an answer that nobody can read included, costs that item alone;
what nobody waits for any more is not waited for here either.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import stamina
import structlog

from services.rm.backend import Deliver, IsAwaited, ScoreResult

ATTEMPTS = 4
"""Of one request: some seconds of a server that restarts or is full, with what is waited in between."""
WAIT_INITIAL_S, WAIT_MAX_S = 0.2, 5.0
READY_S = 5.0
"""What ``/readyz`` waits for the server."""
LOOK_S = 0.5
"""How often it is looked at whether anybody still waits."""
_ITEMS_FAULT = frozenset({400, 413, 422})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ItemRejectedError(Exception):
    """The server takes this item never; why."""


class ServerFailedError(Exception):
    """The server did not score the item; why. It may later."""


class _TransientError(ServerFailedError):
    """Worth another try at once."""


class ScoringServer:
    """One server, asked about ``concurrency`` items at once."""

    def __init__(self, url: str, key: str, *, concurrency: int, read_s: float) -> None:
        base = url.rstrip("/").removesuffix("/v1")
        self.url = base
        self._http = httpx2.AsyncClient(
            base_url=base,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(read_s, connect=READY_S),
            limits=httpx2.Limits(max_connections=concurrency + 1),
            # A proxy of the environment is not the way to this machine.
            trust_env=httpx2.URL(base).host not in _LOOPBACK,
        )
        self._free = asyncio.Semaphore(concurrency)

    async def one(
        self, at: int, ask: Callable[[], Awaitable[ScoreResult]], deliver: Deliver, is_awaited: IsAwaited
    ) -> None:
        """Ask about one item when there is room, and deliver what becomes of it."""
        async with self._free:
            if not is_awaited(at):
                return
            score = await _while_awaited(ask(), lambda: is_awaited(at))
        if score:
            deliver([(at, score)])

    async def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - any JSON value
        """Return the answer.

        Raises:
            ItemRejectedError: the server takes this never.
            ServerFailedError: it does not answer, or not as it should.
        """
        async for attempt in stamina.retry_context(
            on=_TransientError,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=WAIT_INITIAL_S,
            wait_max=WAIT_MAX_S,
        ):
            with attempt:
                return await self._once("POST", path, body)
        raise AssertionError("stamina returned without an answer")

    async def models(self) -> list[dict[str, Any]]:
        """Return what the server says it serves.

        Raises:
            ServerFailedError: it does not say.
        """
        try:
            async with asyncio.timeout(READY_S):
                told = await self._once("GET", "/v1/models")
            return [dict(each) for each in told["data"]]
        except (ItemRejectedError, TimeoutError, KeyError, TypeError, ValueError) as error:
            raise ServerFailedError(f"{self.url}/v1/models: {error or 'no answer in time'}") from error

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def _once(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON value
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise _TransientError(f"{self.url} does not answer: {error or type(error).__name__}") from error
        if answer.status_code in _ITEMS_FAULT:
            raise ItemRejectedError(f"the server refuses it: {_message(answer)}")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _TransientError(f"{self.url}{path} answers {answer.status_code}: {_message(answer)}")
        if answer.status_code != 200:
            raise ServerFailedError(f"{self.url}{path} answers {answer.status_code}: {_message(answer)}")
        try:
            return answer.json()
        except ValueError as error:
            raise ServerFailedError(f"{self.url}{path} answers no JSON; is it such a server?") from error


async def _while_awaited(
    asking: Awaitable[ScoreResult], is_awaited: Callable[[], bool]
) -> ScoreResult | None:
    """Return what becomes of it, or ``None`` as soon as nobody wants it: a server that hangs holds up no others."""
    task = asyncio.ensure_future(_outcome(asking))
    try:
        while not task.done() and is_awaited():
            await asyncio.wait([task], timeout=LOOK_S)
        return task.result() if task.done() else None
    finally:
        task.cancel()


async def _outcome(asking: Awaitable[ScoreResult]) -> ScoreResult:
    try:
        return await asking
    except ItemRejectedError as refused:
        return ScoreResult(error=str(refused))
    except ServerFailedError as away:
        structlog.get_logger().warning("an item got no score from the server", why=str(away))
        return ScoreResult(error=str(away), retryable=True)
    except Exception as error:  # noqa: BLE001 - whatever an answer's oddities lead to, it is this item's
        structlog.get_logger().exception("an answer of the server could not be read")
        return ScoreResult(
            error=f"the server's answer could not be read: {type(error).__name__}: {error}", retryable=True
        )


def _message(answer: httpx2.Response) -> str:
    """What the server says, in OpenAI's form or any other; at most a line."""
    try:
        told = answer.json()
    except ValueError:
        told = answer.text
    if isinstance(told, dict):
        inner = told.get("error", told)
        told = inner.get("message", inner) if isinstance(inner, dict) else inner
    return " ".join(str(told).split())[:300]
