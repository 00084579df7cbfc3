"""A folder or the hub's name of a reward model → a scorer and its tokenizer, or a refusal in one sentence.

The backbone alone is built (``AutoModel``): no language-model head, whose logits nobody reads. Everything the folder
holds and the backbone lacks, or the other way round, is a refusal, but for the heads. Adapters are applied only where
they are named: transformers would apply one that lies in the folder without a word.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from services.rm.engine.forward import TorchScorer
from services.rm.engine.head import Head
from services.rm.engine.self_test import choose_attention
from services.rm.models.checkpoint import (
    ADAPTER,
    Checkpoint,
    CheckpointError,
    find_head,
    fingerprint,
    named_head,
    open_checkpoint,
)
from services.rm.models.hub import resolve_folder
from services.rm.models.lora import with_adapter

DTYPES: Mapping[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_HEADS = ("lm_head.", "score.", "v_head.", "value_head.")
"""Tensors that a backbone has no place for, and need not have."""
_WORDS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
"""One of these a tokenizer has; without any, transformers makes an empty one up."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A reward model, ready to score."""

    scorer: TorchScorer
    tokenizer: PreTrainedTokenizerBase
    name: str
    version: str
    """A fingerprint of the weights."""
    layout: str
    """How the head was stored."""
    dtype: str
    max_tokens: int
    """The longest sequence that its configuration allows."""
    sharing: str
    """The packed attention that passed the probe, or ``off`` and why."""


def load(
    model: str,
    *,
    tokenizer: str = "",
    revision: str | None = None,
    adapter: str = "",
    head: str = "",
    dtype: str = "auto",
    device: str = "auto",
    sharing: bool = True,
) -> LoadedModel:
    """Load a reward model; ``dtype`` ``auto`` is bfloat16 on CUDA and float32 elsewhere.

    Raises:
        CheckpointError: it cannot be served.
    """
    on = torch.device(device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu")
    in_dtype = dtype if dtype != "auto" else "bfloat16" if on.type == "cuda" else "float32"
    folder = resolve_folder(model, revision)
    checkpoint = open_checkpoint(folder)
    if (folder / ADAPTER).is_file():
        raise CheckpointError(
            f"{folder} holds an adapter beside a model; name it with RM_ADAPTER, or remove it"
        )
    if not adapter:  # before the backbone, which takes minutes to load: its head, and whether it has one
        found, layout = find_head(checkpoint, _width(checkpoint), head)
    backbone = load_backbone(checkpoint, DTYPES[in_dtype], on, head)
    version = fingerprint(checkpoint)
    if adapter:
        backbone, found, layout, version = _adapted(backbone, checkpoint, adapter, version, head)
    backbone.train(False)
    scorer = make_scorer(backbone.requires_grad_(False), found.requires_grad_(False).to(on))
    words = load_tokenizer(tokenizer or str(folder), scorer.vocabulary)
    told = choose_attention(scorer) if sharing else "off: switched off"
    longest = int(getattr(backbone.config, "max_position_embeddings", 0) or 0)
    return LoadedModel(scorer, words, model, version, layout, in_dtype, longest, told)


def _config(folder: Path) -> PreTrainedConfig:
    try:
        found: PreTrainedConfig = AutoConfig.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    return found


def _width(checkpoint: Checkpoint) -> int:
    width = getattr(_config(checkpoint.folder), "hidden_size", None)
    if not isinstance(width, int):
        raise CheckpointError(f"{checkpoint.folder}: its configuration has no hidden_size; it is no decoder")
    return width


def _adapted(
    backbone: PreTrainedModel, checkpoint: Checkpoint, adapter: str, version: str, head: str
) -> tuple[PreTrainedModel, Head, str, str]:
    folder = resolve_folder(adapter)
    try:
        return with_adapter(backbone, checkpoint, folder, version, head)
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        said = f"{folder}: the adapter cannot be read ({_first_line(error)}); copy it again"
        raise CheckpointError(said) from error


def make_scorer(backbone: PreTrainedModel, head: Head) -> TorchScorer:
    """Put a backbone and a head together, with the attention that transformers computes right for it."""
    # Its SDPA leaves softcapping out.
    capped = getattr(backbone.config, "attn_logit_softcapping", None)
    return TorchScorer(backbone, head, native="eager" if capped else "sdpa")


def load_backbone(
    checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device, head: str = ""
) -> PreTrainedModel:
    """Load everything but the heads; ``head`` is one of a name of its own.

    Raises:
        CheckpointError: the folder lacks tensors, has others, or cannot be read.
    """
    folder = checkpoint.folder
    config = _config(folder)
    try:
        with _no_report():
            backbone, told = AutoModel.from_pretrained(
                folder,
                config=config,
                dtype=dtype,
                output_loading_info=True,
                device_map={"": device} if device.type == "cuda" else None,
            )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    for kind in ("missing_keys", "mismatched_keys", "error_msgs"):
        if told.get(kind):
            names = ", ".join(sorted(str(each) for each in told[kind])[:3])
            raise CheckpointError(f"{folder}: {len(told[kind])} tensors are missing or misshapen: {names}")
    named = named_head(checkpoint, head)
    known = (*_HEADS, f"{named}.") if named else _HEADS
    if strange := [key for key in told.get("unexpected_keys", ()) if not key.startswith(known)]:
        raise CheckpointError(
            f"{folder}: {len(strange)} tensors fit no place in {type(backbone).__name__}: {strange[0]}"
        )
    placed: PreTrainedModel = backbone.to(device)
    return placed


@contextmanager
def _no_report() -> Iterator[None]:
    """Keep transformers from reporting the head as unexpected: what it finds is looked at here."""
    before = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def load_tokenizer(source: str, vocabulary: int) -> PreTrainedTokenizerBase:
    """Load the tokenizer, and see that its tokens are the model's.

    Raises:
        CheckpointError: there is none, or it has more tokens than the model.
    """
    if Path(source).is_dir() and not any((Path(source) / name).is_file() for name in _WORDS):
        raise CheckpointError(f"{source} has no tokenizer ({', '.join(_WORDS)}); name one with RM_TOKENIZER")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{source} has no tokenizer that can be read ({_first_line(error)}); name one with RM_TOKENIZER"
        ) from error
    if tokenizer.vocab_size > vocabulary:  # tokens that were added later may be there and never come up
        raise CheckpointError(
            f"{source}: the tokenizer has {tokenizer.vocab_size} tokens and the model {vocabulary}; it is not its own"
        )
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
