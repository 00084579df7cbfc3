"""A vLLM server scores (``vllm serve MODEL --runner pooling``); we render, share and remember.

Token ids go to ``/classify``: no template, no special tokens, no second beginning on the server's side, and
``use_activation: false``, since it would answer the logistic function of the score. vLLM reuses a prompt's computing
only after another request has left it in its cache: so one candidate of each prompt goes first, the rest follow.

Not promised: that the version tells other weights under the same name; restart this service when they change, or name
their ``RM_REVISION``. Written to vLLM 0.33's documented shapes and tested against a stand-in of them.
"""

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Any

from transformers import PreTrainedTokenizerBase

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.backends.remote import ScoringServer, ServerFailedError
from services.rm.models.loader import load_tokenizer
from services.rm.settings import RmSettings
from services.rm.tokens.formats import FORMATS, Writer, default_format
from services.rm.tokens.items import ScoringItem
from services.rm.tokens.prefix_sharing import PrefixGroup, group_by_prefix

BLOCK_TOKENS = 16
"""vLLM's cache holds whole blocks of so many tokens, by default; a shorter beginning is not worth going first for."""
BATCH_TOKENS = 1_000_000
"""The server makes batches of its own. This only bounds how much older work new items wait behind."""


class VllmServerBackend:
    """A model on a vLLM server."""

    concurrency = 4
    """So that one long batch does not hold up the next; requests at once are the server's ``concurrency``."""
    batch_tokens = BATCH_TOKENS

    def __init__(self, settings: RmSettings, tokenizer: PreTrainedTokenizerBase) -> None:
        self._model = settings.model
        self._server = ScoringServer(
            settings.server_url,
            settings.server_key,
            concurrency=settings.server_concurrency,
            read_s=settings.deadline_s,
        )
        self._writer = Writer(tokenizer, settings.format or default_format(tokenizer), settings.suffix)
        self._longest = settings.max_tokens
        known_by = f"{self._server.url}|{settings.model}|{settings.revision}"
        self._version = hashlib.sha256(known_by.encode()).hexdigest()[:12]

    @classmethod
    def of(cls, settings: RmSettings) -> "VllmServerBackend":
        """Load the tokenizer; the server may come later.

        Raises:
            CheckpointError: there is no tokenizer.
        """
        return cls(settings, load_tokenizer(settings.tokenizer or settings.model, sys.maxsize))

    @property
    def vocabulary(self) -> int:
        """As the tokenizer has it; the model may have more, which mean nothing."""
        return len(self._writer.tokenizer)

    @property
    def writer(self) -> Writer:
        """The model's own tokenizer, under the default format."""
        return self._writer

    @property
    def info(self) -> ModelInfo:
        """What is being served."""
        return ModelInfo(
            model=self._model,
            version=self._version,
            backend=f"vLLM at {self._server.url}",
            format=self._writer.name,
            formats=sorted(FORMATS),
            max_tokens=self._longest,
            sharing="the server's prefix cache",
        )

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch: groups beside one another, in each one candidate before the others."""
        groups = await asyncio.to_thread(group_by_prefix, [item.ids for item in items])
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._group(group, items, deliver, is_awaited))

    async def ready(self) -> str:
        """Whether the server answers and knows the model; what it says of the longest sequence is kept."""
        try:
            served = {str(each.get("id")): each for each in await self._server.models()}
        except ServerFailedError as away:
            return f"{away}; start it, or correct RM_SERVER_URL"
        if self._model not in served:
            return f"{self._server.url} serves {', '.join(served) or 'nothing'}, not {self._model}; correct RM_MODEL"
        self._longest = self._longest or int(served[self._model].get("max_model_len") or 0)
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def _group(
        self, group: PrefixGroup, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited
    ) -> None:
        first = 1 if group.shared_tokens >= BLOCK_TOKENS else 0
        for part in (group.members[:first], group.members[first:]):
            asked = (self._server.one(at, partial(self._ask, items[at]), deliver, is_awaited) for at in part)
            await asyncio.gather(*asked)

    async def _ask(self, item: ScoringItem) -> ScoreResult:
        body = {
            "model": self._model,
            "input": list(item.ids),
            "add_special_tokens": False,
            "use_activation": False,
        }
        return score_of(await self._server.post("/classify", body), len(item.ids))


_NUMBERS = (float, int, type(None))
"""A bool is none of them."""


def score_of(told: Any, tokens: int) -> ScoreResult:  # noqa: ANN401 - any JSON value
    """Read an answer of ``/classify``.

    Raises:
        ServerFailedError: it is none.
    """
    try:
        (data,) = told["data"]
        probs = data["probs"]
        cached = (told.get("usage") or {}).get("prompt_tokens_details") or {}
        computed = tokens - int(cached.get("cached_tokens") or 0)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServerFailedError("the server's answer is no classification of one text") from error
    return one_number(probs, computed)


def one_number(probs: Any, computed: float) -> ScoreResult:  # noqa: ANN401 - a list, if the server keeps to its word
    """Return the score that is the only class there is.

    Raises:
        ServerFailedError: they are no list of numbers.
    """
    computed = max(computed, 0)
    if not isinstance(probs, Sequence) or any(type(each) not in _NUMBERS for each in probs):
        raise ServerFailedError("the server's answer holds no list of numbers")
    if len(probs) != 1:
        said = f"the model that RM_MODEL names has {len(probs)} classes; a reward model has one"
        return ScoreResult(error=said, retryable=True)
    value = probs[0]
    if value is None or not isfinite(value := float(value)):
        return ScoreResult(
            error=f"the model's score is {value}, which is no number to rank by", computed=computed
        )
    return ScoreResult(value, computed=computed)
