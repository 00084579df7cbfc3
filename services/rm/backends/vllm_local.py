"""vLLM in this process scores (the extra ``vllm``); we render, share and remember.

As with ``vllm_server``: token ids in, raw scores out, one candidate of each prompt before the others so that vLLM's
prefix cache has the prompt. vLLM is imported when it is chosen, and not before: it brings a torch of its own.

Not promised: that it runs. It was written to vLLM 0.33's documented interface and tested against a stand-in of its
class.
"""

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.backends.vllm_server import BLOCK_TOKENS, one_number
from services.rm.models.checkpoint import CheckpointError, fingerprint, open_checkpoint
from services.rm.models.loader import load_tokenizer
from services.rm.settings import RmSettings
from services.rm.tokens.formats import FORMATS, Writer, default_format
from services.rm.tokens.items import ScoringItem
from services.rm.tokens.prefix_sharing import group_by_prefix

BATCH_TOKENS = 200_000
"""vLLM makes batches of its own; answers come when all of ours are done: some seconds of work on one GPU."""


class VllmLocalBackend:
    """A model that vLLM loaded."""

    concurrency = 1
    batch_tokens = BATCH_TOKENS

    def __init__(
        self,
        llm: Any,  # noqa: ANN401 - vLLM's
        params: Any,  # noqa: ANN401 - vLLM's
        tokenizer: PreTrainedTokenizerBase,
        settings: RmSettings,
    ) -> None:
        self._llm = llm
        self._params = params
        self._model = settings.model
        self._dtype = settings.dtype
        self._writer = Writer(tokenizer, settings.format or default_format(tokenizer), settings.suffix)
        self._longest = int(llm.llm_engine.model_config.max_model_len)
        self._version = _version(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vllm")
        self._broken = ""

    @classmethod
    def of(cls, settings: RmSettings) -> "VllmLocalBackend":
        """Load the model.

        Raises:
            CheckpointError: vLLM is not installed, or does not take the model.
        """
        try:
            from vllm import LLM, PoolingParams  # noqa: PLC0415 - an extra that takes long to import
        except ImportError as error:
            raise CheckpointError(
                f"RM_BACKEND=vllm needs vLLM ({error}); install the extra 'vllm' into an environment of its own, "
                f"or run 'vllm serve' and choose vllm-server"
            ) from error
        tokenizer = load_tokenizer(settings.tokenizer or settings.model, sys.maxsize)
        try:
            llm = LLM(
                model=settings.model,
                runner="pooling",
                tokenizer=settings.tokenizer or None,
                revision=settings.revision,
                dtype=settings.dtype,
                max_model_len=settings.max_tokens or None,
                enable_prefix_caching=True,
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise CheckpointError(f"vLLM does not load {settings.model}: {error}") from error
        return cls(llm, PoolingParams(task="classify", use_activation=False), tokenizer, settings)

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
            backend="vLLM",
            dtype=self._dtype,
            format=self._writer.name,
            formats=sorted(FORMATS),
            max_tokens=self._longest,
            sharing="vLLM's prefix cache",
        )

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch: one candidate of each prompt, then all others."""
        loop = asyncio.get_running_loop()
        first, rest = _order([item.ids for item in items])
        for part in (first, rest):
            left = [at for at in part if is_awaited(at)]
            if left:
                work = partial(self._classify, [items[at] for at in left])
                scores = await loop.run_in_executor(self._thread, work)
                deliver(list(zip(left, scores, strict=True)))

    async def ready(self) -> str:
        """Whether the last batch went well."""
        return self._broken

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _classify(self, items: Sequence[ScoringItem]) -> list[ScoreResult]:
        prompts = [{"prompt_token_ids": list(item.ids)} for item in items]
        try:
            told = self._llm.classify(prompts, pooling_params=self._params, use_tqdm=False)
        except Exception as error:
            self._broken = f"vLLM failed: {error}; if it goes on, restart the service"
            raise
        self._broken = ""
        return [
            one_number(each.outputs.probs, len(item.ids) - (getattr(each, "num_cached_tokens", 0) or 0))
            for item, each in zip(items, told, strict=True)
        ]


def _order(sequences: Sequence[tuple[int, ...]]) -> tuple[list[int], list[int]]:
    """Places of those that go first, and of the others."""
    first: list[int] = []
    rest: list[int] = []
    for group in group_by_prefix(sequences):
        ahead = 1 if group.shared_tokens >= BLOCK_TOKENS else len(group.members)
        first += group.members[:ahead]
        rest += group.members[ahead:]
    return first, rest


def _version(settings: RmSettings) -> str:
    """The weights' fingerprint where they are in a folder, else a name's."""
    if Path(settings.model).is_dir():
        return fingerprint(open_checkpoint(Path(settings.model)))
    return hashlib.sha256(f"{settings.model}|{settings.revision}".encode()).hexdigest()[:12]
