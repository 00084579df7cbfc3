"""Sends requests to one endpoint, and keeps what is known of it: its limit, its dialect, and whether it is closed.

It closes itself for a while after a failure; ``queue`` opens it again and decides who sends.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx2
import openai

from services.synth.llm.cache import Reply
from services.synth.llm.dialect import (
    ChatRequest,
    Dialect,
    body_of,
    choices_at_once,
    narrow,
    without_prefill,
)
from services.synth.llm.faults import FAILURES, BrokenReplyError, Failure, Fault, failure_of
from services.synth.llm.limit import AdaptiveLimit
from services.synth.llm.model import PromptRefusedError
from services.synth.llm.options import EndpointOptions

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""A server that restarts is back in seconds; one that is down for an hour need not be asked every second."""
CONNECT_S, PROBE_S = 15.0, 300.0
"""Time-outs: of a connection, and of a probe, which may have to queue behind long replies of other clients."""
KEEPALIVE_S = 3.0
"""Below llama.cpp's 5 s and uvicorn's 5 s: the server must not close a connection that is about to be used."""


class EndpointConfigError(ValueError):
    """An endpoint cannot be used as it is configured; the message names it, the reason, and what to change."""


class Endpoint:
    """One endpoint of a model."""

    def __init__(self, options: EndpointOptions, model: str, environ: Mapping[str, str]) -> None:
        key = environ.get(options.key_variable, "") if options.key_variable else "none"
        if not key:
            raise EndpointConfigError(
                f"{options.url}: the environment variable {options.key_variable} holds no key; set it, or remove "
                f"key_variable if the server needs none"
            )
        # one connection more, for a probe
        limits = httpx2.Limits(max_connections=options.max_at_once + 1, keepalive_expiry=KEEPALIVE_S)
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=options.url,
            max_retries=0,  # the queue decides when and where a request is sent again
            http_client=openai.DefaultAsyncHttpxClient(limits=limits),
        )
        self._key = key
        self.options = options
        self.model = options.model or model
        self.limit = AdaptiveLimit(options.max_at_once, options.start_at_once)
        self.dialect = Dialect()
        self.in_flight = 0
        """Completions in flight."""
        self.is_open = True
        self.opens_at = 0.0
        """When a closed endpoint is tried again, by ``time.monotonic``."""
        self.needs_probe = False
        """Whether a small request must succeed before others are sent."""
        self.reason = ""
        """Why it is closed."""
        self._failures_in_a_row = 0
        self._closed_at = float("-inf")
        self._in_flight_then = 1
        """Completions in flight when it was last closed."""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def units(self, count: int) -> int:
        """Return how many of ``count`` completions one request may ask for."""
        return min(count, self.dialect.most_choices)

    def has_room(self, units: int) -> bool:
        """Return whether ``units`` more completions may be in flight. An idle endpoint has room for any number."""
        return self.is_open and self.in_flight + units <= max(self.limit.value, units)

    async def send(self, request: ChatRequest, timeout_s: float) -> list[Reply]:
        """Return the first completions of ``request``: as many as one request to this server can have.

        Raises:
            PromptRefusedError: the server refuses the request, and all smaller ones.
        """
        dialect = self.dialect
        while True:
            part = replace(request, count=choices_at_once(request, dialect))
            try:
                replies = await self._post(part, dialect, timeout_s)
            except openai.APIStatusError as error:
                failure = failure_of(error)
                if failure.fault is not Fault.REFUSED:
                    raise
                if (narrower := narrow(dialect, part, failure.message)) is None:
                    raise PromptRefusedError(self._redacted(failure.message)) from None
                dialect = narrower
            else:
                self.dialect = self.dialect.merged(dialect)
                self.limit.succeeded(len(replies))
                self._failures_in_a_row = 0
                return replies

    async def _post(self, request: ChatRequest, dialect: Dialect, timeout_s: float) -> list[Reply]:
        response = await self._create(body_of(request, dialect), timeout_s)
        try:
            completion = response.json()
        except ValueError as error:
            raise BrokenReplyError(f"the reply is not JSON ({error})") from None
        return [
            replace(reply, text=without_prefill(request, reply.text))
            for reply in replies_of(completion, self.options)[: request.count]
        ]

    async def _create(self, body: dict[str, object], timeout_s: float) -> httpx2.Response:
        timeout = httpx2.Timeout(timeout_s, connect=CONNECT_S, pool=None)
        return await self._client.post(
            "/chat/completions",
            body={"model": self.model, **body},
            cast_to=httpx2.Response,  # its own models take 1 ms a reply, and validate nothing
            options={"timeout": timeout},
        )

    async def probe(self) -> Failure | None:
        """Ask for one token; return the failure, or ``None`` if the server answers.

        A real completion, because some servers still list their models when their engine is dead.
        """
        body = {"messages": [{"role": "user", "content": "Say ok."}], self.dialect.tokens_field: 1}
        try:
            await self._create(body, min(self.options.timeout_s, PROBE_S))
        except FAILURES as error:
            failure = failure_of(error)
            return None if failure.fault is Fault.REFUSED else failure
        return None

    def failed(self, failure: Failure, sent_at: float) -> None:
        """Adapt to a failure of a request that was sent at ``sent_at``: a lower limit, and closed for a while."""
        now = time.monotonic()
        is_news = sent_at > self._closed_at
        if failure.fault in (Fault.BUSY, Fault.SLOW):
            was_alone = self.limit.value == 1
            is_news = self.limit.congested(sent_at, now)
            self.needs_probe |= failure.fault is Fault.SLOW and was_alone
            if failure.fault is Fault.SLOW and not was_alone:
                return
        else:
            self.needs_probe = True
            if is_news:
                self.limit.failed()
        self._shut(failure, now, is_news=is_news)

    def failure_weight(self, failure: Failure, units: int) -> float:
        """Return how strongly a failure counts against the request that met it, 0 to 1.

        A broken connection is shared by all requests in flight, an answer with an error belongs to one.
        """
        if failure.fault is not Fault.OUT:
            return 0.0
        return 1.0 if failure.is_answer else units / max(self._in_flight_then, units)

    def probe_failed(self, failure: Failure) -> None:
        """Stay closed for longer, because the probe failed."""
        self._shut(failure, time.monotonic(), is_news=True)

    def _shut(self, failure: Failure, now: float, *, is_news: bool) -> None:
        """Close until the server's own time, or for twice as long as the last time if it named none."""
        self.is_open = False
        self.reason = f"{self.model} at {self.options.url}: {self._redacted(failure.message)}"
        pause_s = failure.retry_after_s
        if is_news and not pause_s:
            pause_s = LONGEST_PAUSE_S
            if failure.fault is not Fault.MISCONFIGURED:
                pause_s = min(FIRST_PAUSE_S * 2**self._failures_in_a_row, LONGEST_PAUSE_S)
            self._failures_in_a_row = min(self._failures_in_a_row + 1, 10)
        if is_news:
            self._closed_at, self._in_flight_then = now, max(self.in_flight, 1)
        self.opens_at = max(self.opens_at, now + pause_s)

    def _redacted(self, message: str) -> str:
        """Return a server's message without the key, which some servers quote."""
        return message if self._key == "none" else message.replace(self._key, "***")


def replies_of(completion: object, prices: EndpointOptions) -> list[Reply]:
    """Return the completions of a reply, as its JSON was read, with their tokens and cost.

    Any field may be missing, or of another type than OpenAI's. The first completion has the tokens
    of the prompt, which is computed and paid once.

    Raises:
        BrokenReplyError: the reply has no choices, or one has no text.
    """
    choices = _field(completion, "choices")
    if not isinstance(choices, list) or not choices:
        raise BrokenReplyError("the reply has no choices")
    texts = [_text_of(choice) for choice in choices]
    usage = _field(completion, "usage")
    prompt_tokens = _field(usage, "prompt_tokens") or 0
    counted = _field(usage, "completion_tokens") or 0
    of_first_only = _field(completion, "timings") is not None
    shares = _shares(counted, [len(text) for text, _ in texts], of_first_only=of_first_only)
    replies = []
    for index, ((text, finish_reason), tokens) in enumerate(zip(texts, shares, strict=True)):
        prompt = prompt_tokens if index == 0 else 0
        cost = (prompt * prices.input_price + tokens * prices.output_price) / 1e6
        replies.append(Reply(text, finish_reason, prompt, tokens, cost))
    return replies


def _field(value: object, name: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a field of an object; ``None`` if it has none, or is no object."""
    return value.get(name) if isinstance(value, dict) else None


def _shares(counted: int, lengths: list[int], *, of_first_only: bool) -> list[int]:
    """Return the tokens of each completion, estimated by their lengths where there are several.

    ``counted`` is of all completions, except on llama.cpp's server, which sends ``timings`` and counts the first only.
    """
    if of_first_only:
        return [counted, *(round(counted * length / max(lengths[0], 1)) for length in lengths[1:])]
    total = max(sum(lengths), 1)
    shares = [counted * length // total for length in lengths]
    return [counted - sum(shares[1:]), *shares[1:]]


def _text_of(choice: object) -> tuple[str, str]:
    """Return text and finish reason of a choice; a refusal is a text with the reason ``refusal``."""
    message = _field(choice, "message")
    content, refusal = _field(message, "content"), _field(message, "refusal")
    if message is None or not isinstance(content or "", str):
        raise BrokenReplyError("a choice of the reply has no text")
    if refusal:
        return content or str(refusal), "refusal"
    return content or "", str(_field(choice, "finish_reason") or "stop")
