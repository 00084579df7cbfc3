"""Scores on a vLLM server (``vllm serve MODEL --runner pooling``). This service still renders, caches and batches.

Token ids are sent to ``/classify``, so the server applies no template and adds no special tokens.
``use_activation: false`` asks for the raw score: vLLM applies the logistic function otherwise. vLLM reuses the
computation of a prompt only after a request has put it into its prefix cache. So of each group one candidate is sent
first, and the others after its answer.

Not promised: that the version changes when the server loads other weights under the same name. Restart this service
then, or set ``RM_REVISION``. Run against vLLM 0.32 (its CPU build): scores within 1.1e-5 of the torch engine's. No
pooling route of that version reports cached tokens, so ``usage.computed`` is all tokens. The tests use a fake server.
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
from services.rm.tokens.prefix_groups import PrefixGroup, group_by_prefix

BLOCK_TOKENS = 16
"""Default size of a block of vLLM's prefix cache, which holds whole blocks only. For a shorter common prefix no
candidate is sent first."""
BATCH_TOKENS = 1_000_000
"""The server makes batches of its own. This only limits how much older work is ahead of a new item."""


class VllmServerBackend:
    """A model on a vLLM server."""

    concurrency = 4
    """More than one, so that a long batch does not hold up the next. The limit of requests is the server's own."""
    batch_tokens = BATCH_TOKENS

    def __init__(self, settings: RmSettings, tokenizer: PreTrainedTokenizerBase) -> None:
        self._server = ScoringServer(
            settings.server_url,
            settings.server_key,
            concurrency=settings.server_concurrency,
            read_s=settings.deadline_s,
        )
        self.writer = Writer(tokenizer, settings.format or default_format(tokenizer), settings.suffix)
        self.vocabulary = len(tokenizer)
        """The tokenizer's. The model may have more token ids, which no text uses."""
        identity = f"{self._server.url}|{settings.model}|{settings.revision}"
        self.info = ModelInfo(
            model=settings.model,
            version=hashlib.sha256(identity.encode()).hexdigest()[:12],
            backend=f"vLLM at {self._server.url}",
            format=self.writer.name,
            formats=sorted(FORMATS),
            max_tokens=settings.max_tokens,
            sharing="the server's prefix cache",
        )

    @classmethod
    def of(cls, settings: RmSettings) -> "VllmServerBackend":
        """Load the tokenizer. The server need not run yet.

        Raises:
            CheckpointError: there is no tokenizer.
        """
        return cls(settings, load_tokenizer(settings.tokenizer or settings.model, sys.maxsize))

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch: all groups at once, and within a group one candidate before the others."""
        groups = await asyncio.to_thread(group_by_prefix, [item.ids for item in items])
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._score_group(group, items, deliver, is_awaited))

    async def learn_limits(self) -> None:
        """Ask the server for its limit, until it was told once."""
        if not self.info.max_tokens:
            await self.ready()

    async def ready(self) -> str:
        """Check that the server answers and serves the model. Takes over the server's limit of tokens."""
        try:
            served = {str(model.get("id")): model for model in await self._server.models()}
        except ServerFailedError as error:
            return f"{error}; start it, or correct RM_SERVER_URL"
        name = self.info.model
        if name not in served:
            return f"{self._server.url} serves {', '.join(served) or 'nothing'}, not {name}; correct RM_MODEL"
        if not self.info.max_tokens:
            limit = int(served[name].get("max_model_len") or 0)
            self.info = self.info.model_copy(update={"max_tokens": limit})
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def _score_group(
        self, group: PrefixGroup, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited
    ) -> None:
        first = 1 if group.shared_tokens >= BLOCK_TOKENS else 0
        for part in (group.members[:first], group.members[first:]):
            requests = (
                self._server.score_one(index, partial(self._classify, items[index]), deliver, is_awaited)
                for index in part
            )
            await asyncio.gather(*requests)

    async def _classify(self, item: ScoringItem) -> ScoreResult:
        body = {
            "model": self.info.model,
            "input": list(item.ids),
            "add_special_tokens": False,
            "use_activation": False,
        }
        return parse_classification(await self._server.post("/classify", body), len(item.ids))


_NUMBERS = (float, int, type(None))
"""Compared by type: a bool is an int to isinstance, and no score."""


def parse_classification(body: Any, tokens: int) -> ScoreResult:  # noqa: ANN401 - any JSON value
    """Read the score from an answer of ``/classify``.

    Raises:
        ServerFailedError: the answer has another shape.
    """
    try:
        (data,) = body["data"]
        probs = data["probs"]
        details = (body.get("usage") or {}).get("prompt_tokens_details") or {}
        computed = tokens - int(details.get("cached_tokens") or 0)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServerFailedError("the server's answer is not a classification of one text") from error
    return parse_probs(probs, computed)


def parse_probs(probs: Any, computed: int) -> ScoreResult:  # noqa: ANN401 - a list, if the server is correct
    """Return the score from the list of class scores, which has one entry for a reward model.

    Raises:
        ServerFailedError: it is not a list of numbers.
    """
    computed = max(computed, 0)
    if not isinstance(probs, Sequence) or any(type(prob) not in _NUMBERS for prob in probs):
        raise ServerFailedError("the server's answer has no list of numbers")
    if len(probs) != 1:
        reason = f"the model that RM_MODEL names has {len(probs)} classes; a reward model has one"
        return ScoreResult(error=reason, retryable=True)
    value = probs[0]
    if value is None or not isfinite(value := float(value)):
        return ScoreResult(error=f"the model's score is {value}, which cannot be ranked", computed=computed)
    return ScoreResult(value, computed=computed)
