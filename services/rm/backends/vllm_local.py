"""Scores with vLLM in this process (the extra ``vllm``). This service still renders, caches and batches.

As in ``vllm_server``: token ids in, raw scores out, and of each group one candidate before the others, so that vLLM's
prefix cache has the prompt. vLLM is imported only if this backend is chosen, because it installs its own torch.

vLLM's engine is a process of its own. If it dies during a call, that call never returns (vLLM 0.32). So its death is
looked for while a call runs: the candidates then get retryable errors, and ``/readyz`` asks for a restart.

Tested with vLLM 0.32, its CPU build (``make compat-vllm``): in fp32, scores differ from the torch engine's by rounding.
The unit tests use a fake of its class.
"""

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.backends.engine_thread import EngineThread
from services.rm.backends.vllm_server import BLOCK_TOKENS, parse_probs
from services.rm.models.checkpoint import CheckpointError, fingerprint, open_checkpoint
from services.rm.models.loader import load_tokenizer
from services.rm.settings import RmSettings
from services.rm.tokens.formats import FORMATS, Writer, default_format
from services.rm.tokens.items import ScoringItem
from services.rm.tokens.prefix_groups import group_by_prefix

BATCH_TOKENS = 200_000
"""vLLM makes batches of its own, and returns when all items of ours are done: some seconds of work on one GPU."""

ENGINE_POLL_S = 1.0
"""How often it is checked during a call whether vLLM's engine is alive."""


class VllmLocalBackend:
    """A model that vLLM loaded in this process."""

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
        self.writer = Writer(tokenizer, settings.format or default_format(tokenizer), settings.suffix)
        self.vocabulary = len(tokenizer)
        """The tokenizer's. The model may have more token ids, which no text uses."""
        self.info = ModelInfo(
            model=settings.model,
            version=_version(settings),
            backend="vLLM",
            dtype=settings.dtype,
            format=self.writer.name,
            formats=sorted(FORMATS),
            max_tokens=int(llm.llm_engine.model_config.max_model_len),
            sharing="vLLM's prefix cache",
        )
        self._thread: EngineThread[list[ScoreResult]] = EngineThread("vllm")
        self._failure = ""
        """Why the last batch failed; empty if it did not."""

    @classmethod
    def of(cls, settings: RmSettings) -> "VllmLocalBackend":
        """Load the model.

        Raises:
            CheckpointError: vLLM is not installed, or cannot load the model.
        """
        try:
            from vllm import LLM, PoolingParams  # noqa: PLC0415 - an extra that takes long to import
        except ImportError as error:
            raise CheckpointError(
                f"RM_BACKEND=vllm needs vLLM ({error}); install the extra 'vllm' into an environment of its own, "
                f"or run 'vllm serve' and set RM_BACKEND=vllm-server"
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
            raise CheckpointError(f"vLLM cannot load {settings.model}: {error}") from error
        return cls(llm, PoolingParams(task="classify", use_activation=False), tokenizer, settings)

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch: one candidate of each group, then all others."""
        for part in _first_and_rest([item.ids for item in items]):
            awaited = [index for index in part if is_awaited(index)]
            if awaited:
                scores = await self._results([items[index] for index in awaited])
                deliver(list(zip(awaited, scores, strict=True)))

    async def learn_limits(self) -> None:
        """Do nothing: the engine told its limit when it was loaded."""

    async def ready(self) -> str:
        """Return why the engine died or the last batch failed, if it did."""
        return _ENGINE_DIED if self._is_engine_dead() else self._failure

    async def close(self) -> None:
        """End the thread and vLLM's processes.

        They would outlive this process, and hold the GPU's memory, when it ends by a signal.
        """
        self._thread.close()
        core = getattr(self._llm.llm_engine, "engine_core", None)
        if core is not None:
            await asyncio.to_thread(core.shutdown)

    async def _results(self, items: Sequence[ScoringItem]) -> list[ScoreResult]:
        """Score items in vLLM's thread. Each gets an error if the engine is dead, or dies meanwhile."""
        future = None
        while not self._is_engine_dead():
            future = future or asyncio.wrap_future(self._thread.submit(partial(self._classify, items)))
            await asyncio.wait([future], timeout=ENGINE_POLL_S)
            if future.done():
                return future.result()
        return [ScoreResult(error=_ENGINE_DIED, retryable=True)] * len(items)

    def _is_engine_dead(self) -> bool:
        """Whether vLLM noticed that its engine's process ended."""
        core = getattr(self._llm.llm_engine, "engine_core", None)
        return bool(getattr(getattr(core, "resources", None), "engine_dead", False))

    def _classify(self, items: Sequence[ScoringItem]) -> list[ScoreResult]:
        prompts = [{"prompt_token_ids": list(item.ids)} for item in items]
        try:
            outputs = self._llm.classify(prompts, pooling_params=self._params, use_tqdm=False)
        except Exception as error:
            self._failure = f"vLLM failed: {error}; if this continues, restart the service"
            raise
        self._failure = ""
        return [
            parse_probs(output.outputs.probs, len(item.ids) - (getattr(output, "num_cached_tokens", 0) or 0))
            for item, output in zip(items, outputs, strict=True)
        ]


_ENGINE_DIED = "vLLM's engine died; its log has the reason; restart the service"


def _first_and_rest(sequences: Sequence[tuple[int, ...]]) -> tuple[list[int], list[int]]:
    """Return the indices of the sequences to score first (one of each group), and of all others."""
    first: list[int] = []
    rest: list[int] = []
    for group in group_by_prefix(sequences):
        count = 1 if group.shared_tokens >= BLOCK_TOKENS else len(group.members)
        first += group.members[:count]
        rest += group.members[count:]
    return first, rest


def _version(settings: RmSettings) -> str:
    """Return the fingerprint of the weights if they are in a folder, else a hash of the model's name and revision."""
    if Path(settings.model).is_dir():
        return fingerprint(open_checkpoint(Path(settings.model)))
    return hashlib.sha256(f"{settings.model}|{settings.revision}".encode()).hexdigest()[:12]
